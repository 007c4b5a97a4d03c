import * as path from 'node:path';
import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import { panelTypes } from '../../ids';
import { areas } from '../areas';
import type { CommandContext } from '../commands/command-context';
import { PanelCollection, type PanelSurroundings } from '../pages/panel-collection';
import type { ComparePanel } from './compare-panel';

/** The panels that compare runs, one for each choice of runs. */
export class ComparePanels extends Disposable {
  private readonly panels: PanelCollection<ComparePanel>;

  /** @param context what commands work with; it holds these panels, too */
  constructor(surroundings: PanelSurroundings, context: () => CommandContext) {
    super();
    this.panels = this.own(new PanelCollection({
      type: panelTypes.compare,
      title: (key) => titleOf(runsOf(key)),
      icon: 'compare',
      keyOf: async (state) => {
        const parsed = (await areas.comparePage()).parseComparePageState(state);
        return parsed && keyOf(parsed.runs);
      },
      fill: async (panel, key) => {
        const { ComparePanel } = await areas.comparePage();
        return new ComparePanel({ panel, runs: runsOf(key), extensionUri: surroundings.extensionUri, context: context() });
      },
    }, surroundings));
  }

  /** @param runs folders; none for all of the workspace */
  open(runs: readonly string[]): Promise<void> {
    return this.panels.open(keyOf(runs));
  }

  /** Shows two photos in a panel that is open, else in a new one. */
  async showPhotos(files: readonly string[]): Promise<void> {
    const key = this.panels.keys.at(-1) ?? keyOf([]);
    await this.panels.open(key);
    await this.panels.page(key)?.showPhotos(files);
  }
}

function titleOf(runs: readonly string[]): string {
  const [first, second, ...others] = runs.map((run) => path.basename(run));
  return first !== undefined && second !== undefined && others.length === 0 ? vscode.l10n.t('Compare {0} and {1}', first, second) : vscode.l10n.t('Compare Runs');
}

function keyOf(runs: readonly string[]): string {
  return JSON.stringify([...runs].sort());
}

function runsOf(key: string): readonly string[] {
  return JSON.parse(key) as readonly string[];
}
