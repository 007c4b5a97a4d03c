import type * as vscode from 'vscode';
import { editorTypes } from '../../ids';
import type { JobRunner } from '../jobs/job-runner';
import { KmodelPage } from '../kmodel/kmodel-page';
import { ReadOnlyEditor } from './read-only-editor';

export interface EditorsOptions {
  readonly extensionUri: vscode.Uri;
  readonly jobs: JobRunner;
  readonly openRun: (folder: string) => Promise<void>;
  readonly log: vscode.LogOutputChannel;
}

/** The read-only editors of files. */
export interface Editors {
  readonly kmodel: ReadOnlyEditor<KmodelPage>;
}

/** @param own takes what has to be disposed with the extension */
export function openEditors(options: EditorsOptions, own: <T extends vscode.Disposable>(part: T) => T): Editors {
  return {
    kmodel: own(new ReadOnlyEditor(editorTypes.kmodel, (panel, file) => new KmodelPage({ panel, file, ...options }))),
  };
}
