import { existsSync } from 'node:fs';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import { CancelledError, UserError, errorText } from '../../base/user-error';
import { commands } from '../../ids';
import { kmodelFactsFile } from '../../kmodel/kmodel-facts';
import { kmodelInspectionSchema, type KmodelInspection } from '../../protocol/kmodel-inspection';
import { kmodelRequestSchema, type KmodelPageMessage, type KmodelRequest, type KmodelView, type PhotoResult } from '../../protocol/kmodel-page';
import { runFiles } from '../../protocol/run-files';
import { watchFiles } from '../editors/watch-files';
import { jobResult } from '../jobs/job-process';
import type { JobRunner } from '../jobs/job-runner';
import { lockedReason } from '../pages/locked-reason';
import { PageConnection } from '../pages/page-connection';
import { kmodelStrings } from './kmodel-strings';
import { runOnPhotos } from './run-on-photos';

export interface KmodelPageOptions {
  readonly panel: vscode.WebviewPanel;
  readonly file: string;
  readonly extensionUri: vscode.Uri;
  readonly jobs: Pick<JobRunner, 'run' | 'runReading'>;
  readonly openRun: (folder: string) => Promise<void>;
  readonly log: vscode.LogOutputChannel;
}

type PageState = { readonly kind: 'loading' } | { readonly kind: 'problem'; readonly text: string; readonly remedy: string } | { readonly kind: 'model'; readonly inspection: KmodelInspection };

/** One tab with a .kmodel file. The command line reads it: that takes longer than the editor may be held up. */
export class KmodelPage extends Disposable {
  private readonly page: PageConnection<KmodelPageMessage, KmodelRequest>;
  private state: PageState = { kind: 'loading' };
  private photo: PhotoResult | undefined;
  private reading = new AbortController();

  constructor(private readonly options: KmodelPageOptions) {
    super();
    const { panel, file, extensionUri, log } = options;
    const names = [file, kmodelFactsFile(file)].map((name) => path.basename(name));
    this.own(watchFiles(path.dirname(file), names, () => void this.read()));
    this.own(vscode.workspace.onDidGrantWorkspaceTrust(() => void this.show()));
    this.own({ dispose: () => this.reading.abort() });
    this.page = this.own(new PageConnection<KmodelPageMessage, KmodelRequest>({
      panel, extensionUri, page: 'kmodel', title: path.basename(file), strings: kmodelStrings(), requests: kmodelRequestSchema,
      onReady: () => void this.show(), perform: (request) => this.perform(request), log,
    }));
    void this.read();
  }

  /** Asks for one photo or two and shows what the model makes of them. */
  async runOnPhotos(): Promise<void> {
    if (this.state.kind !== 'model') throw new UserError(vscode.l10n.t('{0} cannot be run, because it cannot be read.', path.basename(this.options.file)), vscode.l10n.t('Open a .kmodel file of version 3.'));
    this.photo = await runOnPhotos(this.options.file, this.state.inspection, this.options.jobs);
    await this.show();
  }

  /** Reads the file again; an older reading is given up. */
  private async read(): Promise<void> {
    this.reading.abort();
    const reading = new AbortController();
    this.reading = reading;
    const state = await this.inspect(reading.signal).catch((error: unknown) => problemOf(error));
    if (state === undefined || reading.signal.aborted || this.isDisposed) return;
    this.state = state;
    this.photo = undefined;
    await this.show();
  }

  private async inspect(signal: AbortSignal): Promise<PageState> {
    const output = await this.options.jobs.runReading(['kmodel', 'inspect', this.options.file, '--json'], { signal, onProgress: () => undefined });
    return { kind: 'model', inspection: kmodelInspectionSchema.parse(jobResult(output)) };
  }

  private async show(): Promise<void> {
    const name = path.basename(this.options.file);
    const { state, photo } = this;
    if (state.kind === 'model') this.page.post({ kind: 'model', name, view: viewOf(state.inspection), ...(photo === undefined ? {} : { photo }) });
    else this.page.post({ ...state, name });
  }

  private async perform({ name }: KmodelRequest): Promise<void> {
    switch (name) {
      case 'runPhoto':
        return this.runOnPhotos();
      case 'deploy':
        await vscode.commands.executeCommand(commands.deploy, vscode.Uri.file(this.options.file));
        return;
      case 'openRun':
        if (this.state.kind === 'model' && this.state.inspection.source !== undefined) await this.options.openRun(this.state.inspection.source);
        return;
      case 'tryAgain':
        return this.read();
    }
  }
}

function problemOf(error: unknown): PageState | undefined {
  if (error instanceof CancelledError) return undefined;
  const { message, action } = error instanceof UserError ? (error.details ?? {}) : {};
  if (typeof message === 'string' && typeof action === 'string') return { kind: 'problem', text: message, remedy: action };
  return { kind: 'problem', text: error instanceof UserError ? error.message : errorText(error), remedy: '' };
}

function viewOf(inspection: KmodelInspection): KmodelView {
  const { source } = inspection;
  const locked = lockedReason();
  return {
    inspection,
    ...(source === undefined ? {} : { source: { name: path.basename(source), isRun: existsSync(path.join(source, runFiles.record)) } }),
    ...(locked === undefined ? {} : { locked }),
  };
}
