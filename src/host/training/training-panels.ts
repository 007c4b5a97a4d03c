import * as path from 'node:path';
import * as vscode from 'vscode';
import { panelTypes } from '../../ids';
import type { Figures } from '../../protocol/figures';
import { parsePageState, type PanelRequest } from '../../protocol/training-panel';
import { PanelCollection } from '../pages/panel-collection';
import { followLineage } from './run-lineage';
import { TrainingPanel } from './training-panel';

export interface TrainingPanelsOptions {
  readonly extensionUri: vscode.Uri;
  readonly figures: Figures;
  readonly perform: (request: PanelRequest, folder: string) => Promise<void>;
  readonly log: vscode.LogOutputChannel;
}

/** The training panels, one for a run's folder. */
export function trainingPanels(options: TrainingPanelsOptions): PanelCollection {
  return new PanelCollection({
    type: panelTypes.training,
    title: (folder) => vscode.l10n.t('Training: {0}', path.basename(folder)),
    icon: 'training',
    keyOf: (state) => parsePageState(state)?.run,
    fill: async (panel, folder) => new TrainingPanel({ panel, followers: await followLineage(folder), ...options }),
  }, options.extensionUri, options.log);
}
