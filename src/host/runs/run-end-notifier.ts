import * as path from 'node:path';
import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import { commands } from '../../ids';
import type { ArtifactStore } from '../workspace/artifact-store';
import { EndedRuns } from './ended-runs';
import { entryState } from './run-description';
import type { RunEntry } from './run-entry';

/** One notification for each training that ends, and only while its panel is not in sight. */
export class RunEndNotifier extends Disposable {
  private readonly ended = new EndedRuns();

  constructor(private readonly store: ArtifactStore, private readonly isVisible: (folder: string) => boolean) {
    super();
    this.own(store.onDidChange(() => this.update()));
  }

  private update(): void {
    for (const entry of this.ended.update(this.store.runs)) {
      if (!this.isVisible(entry.folder)) void this.notify(entry);
    }
  }

  private async notify(entry: RunEntry): Promise<void> {
    const show = vscode.l10n.t('Show');
    if ((await this.message(entry, show)) === show) await vscode.commands.executeCommand(commands.openRun, entry.folder);
  }

  private message(entry: RunEntry, show: string): Thenable<string | undefined> {
    const name = path.basename(entry.folder);
    switch (entryState(entry)) {
      case 'finished':
        return vscode.window.showInformationMessage(vscode.l10n.t('{0} is trained.', name), show);
      case 'stopped':
        return vscode.window.showInformationMessage(vscode.l10n.t('{0} has stopped.', name), show);
      case 'failed':
        return vscode.window.showErrorMessage(`${name}: ${entry.record.failure ?? vscode.l10n.t('The training failed.')}`, show);
      default:
        return vscode.window.showErrorMessage(vscode.l10n.t('{0} ended unexpectedly.', name), show);
    }
  }
}
