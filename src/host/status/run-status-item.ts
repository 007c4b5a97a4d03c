import * as path from 'node:path';
import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import { commands } from '../../ids';
import type { Figures } from '../../protocol/figures';
import { isActive } from '../../protocol/run-health';
import { describeRun, entryState } from '../runs/run-description';
import type { RunEntry } from '../runs/run-entry';
import type { ArtifactStore } from '../workspace/artifact-store';

/** The live run in the status bar; hidden when nothing trains. A click opens its panel. */
export class RunStatusItem extends Disposable {
  private readonly item: vscode.StatusBarItem;

  constructor(private readonly store: ArtifactStore, private readonly figures: Figures) {
    super();
    this.item = this.own(vscode.window.createStatusBarItem('mobilefacenet.run', vscode.StatusBarAlignment.Right, 100));
    this.item.name = vscode.l10n.t('MobileFaceNet training');
    this.own(store.onDidChange(() => this.update()));
  }

  private update(): void {
    const live = this.store.runs.filter((entry) => entry.kind === 'run').filter((entry) => isActive(entry.record.state));
    const shown = live.find((entry) => entry.health.kind !== 'lost') ?? live[0];
    if (shown === undefined) this.item.hide();
    else this.show(shown);
  }

  private show(entry: RunEntry): void {
    const state = entryState(entry);
    const isBad = state === 'lost' || state === 'silent';
    const icon = isBad ? 'error' : state === 'paused' ? 'debug-pause' : 'circle-filled';
    this.item.text = `$(${icon}) ${path.basename(entry.folder)}  ${describeRun(entry, this.figures)}`;
    this.item.tooltip = vscode.l10n.t('Open the training panel');
    this.item.backgroundColor = isBad ? new vscode.ThemeColor('statusBarItem.errorBackground') : undefined;
    this.item.command = { command: commands.openRun, title: '', arguments: [entry.folder] };
    this.item.show();
  }
}
