import * as path from 'node:path';
import * as vscode from 'vscode';
import { panelTypes } from '../../ids';
import { areas } from '../areas';
import { PanelCollection, type PanelSurroundings } from '../pages/panel-collection';
import type { TrainingPanel, TrainingPanelOptions } from './training-panel';

/** The training panels, one for a run's folder. */
export class TrainingPanels extends PanelCollection<TrainingPanel> {
  constructor(options: Omit<TrainingPanelOptions, 'panel' | 'followers' | 'followOptions'> & PanelSurroundings) {
    super({
      type: panelTypes.training,
      title: (folder) => vscode.l10n.t('Training: {0}', path.basename(folder)),
      icon: 'training',
      keyOf: async (state) => (await areas.trainingPage()).parsePageState(state)?.run,
      fill: async (panel, folder) => {
        const { followLineage, TrainingPanel } = await areas.trainingPage();
        // A folder that nobody has trusted stays as it is.
        const followOptions = { keepsHistory: vscode.workspace.isTrusted };
        const followers = await followLineage(folder, followOptions);
        const page = new TrainingPanel({ panel, followers, followOptions, ...options });
        try {
          await followers[0]?.loaded;
        } catch (error) {
          page.dispose();
          throw error;
        }
        return page;
      },
    }, options);
  }
}
