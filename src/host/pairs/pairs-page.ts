import * as path from 'node:path';
import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import { errorText } from '../../base/user-error';
import { readPairs } from '../../evaluation/pair-file';
import type { PairList, PhotoPair } from '../../evaluation/pairs';
import { pairsRequestSchema, type PairItem, type PairPhoto, type PairShow, type PairsMessage, type PairsRequest, type PairsView } from '../../protocol/pairs-page';
import { askPath } from '../ask';
import { watchFiles } from '../editors/watch-files';
import { PageConnection } from '../pages/page-connection';
import { pairsStrings } from './pairs-strings';
import { findPhotos, guessPhotoFolder } from './photo-folder';

export interface PairsPageOptions {
  readonly panel: vscode.WebviewPanel;
  readonly file: string;
  readonly extensionUri: vscode.Uri;
  /** Keeps the folder that was chosen for a list. */
  readonly memory: vscode.Memento;
  readonly log: vscode.LogOutputChannel;
}

/** Missing photos that are named; a page of more helps nobody. */
const namedMissing = 20;

interface OpenList {
  readonly list: PairList;
  readonly folder: string;
  readonly files: ReadonlyMap<string, string>;
  readonly shown: Readonly<Record<PairShow, readonly number[]>>;
}

/** One tab with a pair list. */
export class PairsPage extends Disposable {
  private page: PageConnection<PairsMessage, PairsRequest> | undefined;
  private opened: OpenList | undefined;
  private failure: string | undefined;
  private reading = new AbortController();

  constructor(private readonly options: PairsPageOptions) {
    super();
    const { file } = options;
    this.own(watchFiles(path.dirname(file), [path.basename(file)], () => void this.open()));
    this.own({ dispose: () => this.reading.abort() });
    this.own({ dispose: () => this.page?.dispose() });
    void this.open();
  }

  private get memoryKey(): string {
    return `pairs.folder:${this.options.file}`;
  }

  private async open(): Promise<void> {
    this.reading.abort();
    const { signal } = (this.reading = new AbortController());
    const before = this.opened?.folder;
    try {
      const list = await readPairs(this.options.file);
      const folder = this.options.memory.get<string>(this.memoryKey) ?? (await guessPhotoFolder(this.options.file, list));
      const files = await findPhotos(folder, list, signal);
      if (signal.aborted) return;
      this.opened = { list, folder, files, shown: sortPairs(list, files) };
      this.failure = undefined;
    } catch (error) {
      if (signal.aborted) return;
      this.failure = errorText(error);
    }
    // A page may show only files of folders that it was made with.
    if (this.page === undefined || this.opened?.folder !== before) this.connect(this.opened?.folder);
    else this.show();
  }

  private connect(folder: string | undefined): void {
    this.page?.dispose();
    const { panel, file, extensionUri, log } = this.options;
    this.page = new PageConnection<PairsMessage, PairsRequest>({
      panel, extensionUri, page: 'pairs', title: path.basename(file), strings: pairsStrings(), requests: pairsRequestSchema,
      ...(folder === undefined ? {} : { resourceRoots: [vscode.Uri.file(folder)] }),
      onReady: () => this.show(), perform: (request) => this.perform(request), log,
    });
  }

  private show(): void {
    const name = path.basename(this.options.file);
    if (this.failure !== undefined) this.page?.post({ kind: 'problem', name, text: this.failure });
    else if (this.opened) this.page?.post({ kind: 'pairs', view: viewOf(name, this.opened) });
  }

  private async perform(request: PairsRequest): Promise<unknown> {
    switch (request.name) {
      case 'tryAgain':
        return this.open();
      case 'chooseFolder':
        return this.chooseFolder();
      case 'pairs': {
        const { show, first, count } = request.params;
        const { opened } = this;
        return opened ? opened.shown[show].slice(first, first + count).map((number) => this.itemOf(opened, number)) : [];
      }
    }
  }

  private async chooseFolder(): Promise<void> {
    const folder = await askPath({
      title: vscode.l10n.t('Folder that the list was made for'), canSelectFiles: false, canSelectFolders: true,
      ...(this.opened ? { defaultUri: vscode.Uri.file(this.opened.folder) } : {}),
    });
    await this.options.memory.update(this.memoryKey, folder);
    await this.open();
  }

  private itemOf({ list, files }: OpenList, number: number): PairItem {
    const { a, b, same, fold } = list.pairs[number] as PhotoPair;
    const photo = (name: string): PairPhoto => {
      const file = files.get(name);
      return file === undefined ? { name } : { name, address: this.options.panel.webview.asWebviewUri(vscode.Uri.file(file)).toString() };
    };
    return { number, a: photo(a), b: photo(b), same, fold };
  }
}

function sortPairs({ pairs }: PairList, files: ReadonlyMap<string, string>): OpenList['shown'] {
  const fits = (test: (pair: PhotoPair) => boolean): number[] => pairs.flatMap((pair, number) => (test(pair) ? [number] : []));
  return { all: fits(() => true), same: fits(({ same }) => same), different: fits(({ same }) => !same), missing: fits(({ a, b }) => !files.has(a) || !files.has(b)) };
}

function viewOf(name: string, { list, folder, files, shown }: OpenList): PairsView {
  const missing = [...new Set(shown.missing.flatMap((number) => [list.pairs[number]?.a ?? '', list.pairs[number]?.b ?? '']))].filter((photo) => !files.has(photo));
  return {
    name, folds: list.folds, folder, missing: missing.slice(0, namedMissing), missingPhotos: missing.length,
    counts: { all: shown.all.length, same: shown.same.length, different: shown.different.length, missing: shown.missing.length },
  };
}
