import * as path from 'node:path';
import type * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import { CancelledError, errorText } from '../../base/user-error';
import { datasetFileName } from '../../dataset/artifact-names';
import { labelsFileName } from '../../dataset/sources/labels-file';
import { RecordBrowser } from '../../dataset/tfrecord/record-browser';
import { indexPathOf } from '../../dataset/tfrecord/record-index';
import { recordsRequestSchema, type RecordLabel, type RecordsMessage, type RecordsRequest, type RecordsView } from '../../protocol/records-page';
import { watchFiles } from '../editors/watch-files';
import { PageConnection } from '../pages/page-connection';
import { labelNames } from './label-names';
import { readDetails, readTile, type NameOfLabel } from './record-tiles';
import { recordsStrings } from './records-strings';

export interface RecordsPageOptions {
  readonly panel: vscode.WebviewPanel;
  readonly file: string;
  readonly extensionUri: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
}

/** While a file is scanned, the page hears of it this often. */
const progressMs = 500;
/** Places of damage that are named; a page of more helps nobody. */
const namedDamages = 20;

interface OpenFile {
  readonly browser: RecordBrowser;
  readonly nameOf: NameOfLabel;
}

/** One tab with a TFRecord file. */
export class RecordsPage extends Disposable {
  private readonly page: PageConnection<RecordsMessage, RecordsRequest>;
  private opened: OpenFile | undefined;
  private failure: string | undefined;
  private reading = new AbortController();
  /** Records of one label, and how many records were known when they were collected. */
  private filtered: { readonly label: number; known: number; readonly numbers: number[] } | undefined;

  constructor(private readonly options: RecordsPageOptions) {
    super();
    const { panel, file, extensionUri, log } = options;
    const names = [path.basename(file), path.basename(indexPathOf(file)), datasetFileName, labelsFileName];
    this.own(watchFiles(path.dirname(file), names, () => void this.open()));
    this.page = this.own(new PageConnection<RecordsMessage, RecordsRequest>({
      panel, extensionUri, page: 'tfrecord', title: path.basename(file), strings: recordsStrings(), requests: recordsRequestSchema,
      onReady: () => this.show(), perform: (request) => this.perform(request), log,
    }));
    this.own({ dispose: () => this.giveUp() });
    void this.open();
  }

  private async open(): Promise<void> {
    this.giveUp();
    const reading = new AbortController();
    this.reading = reading;
    try {
      const browser = await RecordBrowser.open(this.options.file);
      if (reading.signal.aborted) return void (await browser.close());
      this.opened = { browser, nameOf: await labelNames(this.options.file) };
      this.failure = undefined;
      this.show();
      await this.scan(browser, reading.signal);
    } catch (error) {
      if (error instanceof CancelledError || reading.signal.aborted) return;
      this.failure = errorText(error);
    }
    if (!reading.signal.aborted) this.show();
  }

  private async scan(browser: RecordBrowser, signal: AbortSignal): Promise<void> {
    const timer = setInterval(() => this.show(), progressMs);
    try {
      await browser.scan(signal);
    } finally {
      clearInterval(timer);
    }
  }

  private giveUp(): void {
    this.reading.abort();
    void this.opened?.browser.close();
    this.opened = undefined;
    this.filtered = undefined;
  }

  private show(): void {
    const name = path.basename(this.options.file);
    if (this.failure !== undefined) this.page.post({ kind: 'problem', name, text: this.failure });
    else if (this.opened) this.page.post({ kind: 'records', view: viewOf(name, this.opened) });
  }

  private async perform(request: RecordsRequest): Promise<unknown> {
    if (request.name === 'tryAgain') return this.open();
    const { opened } = this;
    if (!opened) return [];
    if (request.name === 'details') return readDetails(opened.browser, request.params.number, opened.nameOf);
    const { label, first, count } = request.params;
    const numbers = this.numbers(opened.browser, label, first, count);
    return Promise.all(numbers.map((number) => readTile(opened.browser, number, opened.nameOf)));
  }

  private numbers(browser: RecordBrowser, label: number | undefined, first: number, count: number): number[] {
    const known = browser.count;
    if (label === undefined) return Array.from({ length: Math.max(0, Math.min(count, known - first)) }, (_, index) => first + index);
    const filtered = this.filtered?.label === label ? this.filtered : { label, known: 0, numbers: [] };
    for (let number = filtered.known; number < known; number++) if (browser.label(number) === label) filtered.numbers.push(number);
    filtered.known = known;
    this.filtered = filtered;
    return filtered.numbers.slice(first, first + count);
  }
}

function viewOf(name: string, { browser, nameOf }: OpenFile): RecordsView {
  const { sizeBytes, count, hasIndex, knownBytes, damage } = browser;
  return {
    name, fileBytes: sizeBytes, count, labels: labelsOf(browser, nameOf), hasIndex, known: sizeBytes === 0 ? 1 : knownBytes / sizeBytes,
    damage: damage.slice(0, namedDamages), damages: damage.length,
  };
}

function labelsOf(browser: RecordBrowser, nameOf: NameOfLabel): RecordLabel[] {
  return [...browser.labelCounts].sort(([a], [b]) => a - b).map(([label, count]) => {
    const name = nameOf(label);
    return { label, count, ...(name === undefined ? {} : { name }) };
  });
}
