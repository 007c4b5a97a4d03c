import * as path from 'node:path';
import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import { errorText } from '../../base/user-error';
import { trainingPanelType } from '../../ids';
import { parsePageState, type PanelRequest } from '../../protocol/training-panel';
import type { Figures } from '../../protocol/figures';
import { followLineage } from './run-lineage';
import { TrainingPanel } from './training-panel';

export interface TrainingPanelsOptions {
  readonly extensionUri: vscode.Uri;
  readonly figures: Figures;
  readonly perform: (request: PanelRequest, folder: string) => Promise<void>;
  readonly log: vscode.LogOutputChannel;
}

/** All open training panels, one for a run; also makes them anew after a reload of the window. */
export class TrainingPanels extends Disposable implements vscode.WebviewPanelSerializer {
  private readonly panels = new Map<string, vscode.WebviewPanel>();
  private readonly pages = new Map<vscode.WebviewPanel, TrainingPanel>();

  constructor(private readonly options: TrainingPanelsOptions) {
    super();
    this.own(vscode.window.registerWebviewPanelSerializer(trainingPanelType, this));
  }

  /** Whether the panel of a run is in sight. */
  isVisible(folder: string): boolean {
    return this.panels.get(folder)?.visible === true;
  }

  /**
   * Shows the panel of a run.
   * @throws Error when the run cannot be read
   */
  async open(folder: string): Promise<void> {
    const existing = this.panels.get(folder);
    if (existing) {
      existing.reveal();
      return;
    }
    const title = vscode.l10n.t('Training: {0}', path.basename(folder));
    const panel = vscode.window.createWebviewPanel(trainingPanelType, title, vscode.ViewColumn.Active, { enableScripts: true });
    try {
      await this.fill(panel, folder);
    } catch (error) {
      panel.dispose();
      throw error;
    }
  }

  /** Called by the editor for each panel that was open before the window was reloaded. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const run = parsePageState(state)?.run;
    try {
      if (run === undefined) panel.dispose();
      else await this.fill(panel, run);
    } catch (error) {
      this.options.log.warn(`The panel of ${run ?? 'a run'} could not be restored: ${errorText(error)}`);
      panel.dispose();
    }
  }

  override dispose(): void {
    this.pages.forEach((page) => page.dispose());
    this.pages.clear();
    super.dispose();
  }

  private async fill(panel: vscode.WebviewPanel, folder: string): Promise<void> {
    let isClosed = false;
    this.panels.set(folder, panel);
    panel.onDidDispose(() => {
      isClosed = true;
      this.panels.delete(folder);
      this.pages.get(panel)?.dispose();
      this.pages.delete(panel);
    });
    const followers = await followLineage(folder);
    if (isClosed || this.isDisposed) followers.forEach((follower) => follower.dispose());
    else this.pages.set(panel, new TrainingPanel({ panel, followers, ...this.options }));
  }
}
