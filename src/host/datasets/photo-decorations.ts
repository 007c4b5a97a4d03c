import * as path from 'node:path';
import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import type { ArtifactStore } from '../workspace/artifact-store';
import type { FolderFactsCache } from './folder-facts';

const scheme = 'mobilefacenet-photo';

/** Address of a person or photo in the Dataset view; of its own, so that the editor's file explorer is left as it is. */
export function photoUri(file: string): vscode.Uri {
  return vscode.Uri.file(file).with({ scheme });
}

/** Marks people and photos in the Dataset view: a finding, left out, held out. */
export class PhotoDecorations extends Disposable implements vscode.FileDecorationProvider {
  private readonly changed = this.own(new vscode.EventEmitter<undefined>());
  readonly onDidChangeFileDecorations = this.changed.event;

  constructor(private readonly store: ArtifactStore, private readonly facts: FolderFactsCache) {
    super();
    this.own(facts.onDidChange(() => this.changed.fire(undefined)));
    this.own(vscode.window.registerFileDecorationProvider(this));
  }

  async provideFileDecoration(uri: vscode.Uri): Promise<vscode.FileDecoration | undefined> {
    if (uri.scheme !== scheme) return undefined;
    const file = uri.with({ scheme: 'file' }).fsPath;
    const source = this.store.photoFolders.find(({ folder }) => file.startsWith(`${folder}${path.sep}`));
    if (source === undefined) return undefined;
    const name = path.relative(source.folder, file).split(path.sep).join('/');
    const { leftOut, openPhotos, heldOut } = await this.facts.of(source.folder);
    if (leftOut.has(name)) return { badge: '–', tooltip: vscode.l10n.t('Left out'), color: new vscode.ThemeColor('disabledForeground') };
    const isPerson = !name.includes('/');
    const findings = isPerson ? [...openPhotos].filter((photo) => photo.startsWith(`${name}/`)).length : Number(openPhotos.has(name));
    if (findings > 0) return { badge: '!', tooltip: vscode.l10n.t('{0} findings', findings), color: new vscode.ThemeColor('list.warningForeground') };
    return heldOut.has(name) ? { badge: 'H', tooltip: vscode.l10n.t('Held out to verify') } : undefined;
  }
}
