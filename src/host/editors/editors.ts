import type * as vscode from 'vscode';
import { editorTypes } from '../../ids';
import { areas } from '../areas';
import type { JobRunner } from '../jobs/job-runner';
import type { KmodelPage } from '../kmodel/kmodel-page';
import { PackageLists } from '../kmodel/package-list';
import { ReadOnlyEditor } from './read-only-editor';

export interface EditorsOptions {
  readonly extensionUri: vscode.Uri;
  readonly jobs: JobRunner;
  readonly memory: vscode.Memento;
  readonly openRun: (folder: string) => Promise<void>;
  readonly log: vscode.LogOutputChannel;
}

/** The read-only editors of files, and the lists of what packages hold. */
export interface Editors {
  readonly kmodel: ReadOnlyEditor<KmodelPage>;
  readonly packages: PackageLists;
}

/** @param own takes what has to be disposed with the extension */
export function openEditors(options: EditorsOptions, own: <T extends vscode.Disposable>(part: T) => T): Editors {
  own(new ReadOnlyEditor(editorTypes.records, async (panel, file) => new (await areas.recordsPage()).RecordsPage({ panel, file, ...options })));
  own(new ReadOnlyEditor(editorTypes.pairs, async (panel, file) => new (await areas.pairsPage()).PairsPage({ panel, file, ...options })));
  return {
    packages: own(new PackageLists(options.jobs)),
    kmodel: own(new ReadOnlyEditor(editorTypes.kmodel, async (panel, file) => new (await areas.kmodelPage()).KmodelPage({ panel, file, ...options }))),
  };
}
