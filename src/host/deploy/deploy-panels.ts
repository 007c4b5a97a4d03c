import * as path from 'node:path';
import * as vscode from 'vscode';
import { panelTypes } from '../../ids';
import type { DeployRequest } from '../../protocol/deploy-panel';
import type { Figures } from '../../protocol/figures';
import { areas } from '../areas';
import type { BoardServices } from '../board/board-services';
import { PanelCollection, type PanelSurroundings } from '../pages/panel-collection';
import type { DeploySession } from './deploy-session';
import type { DeploySessions } from './deploy-sessions';

export interface DeployPanelsOptions extends PanelSurroundings {
  readonly figures: Figures;
  readonly board: BoardServices;
  readonly sessions: DeploySessions;
  readonly perform: (request: DeployRequest, session: DeploySession) => Promise<void>;
}

/** The deploy panels, one for each file. */
export function deployPanels(options: DeployPanelsOptions): PanelCollection {
  return new PanelCollection({
    type: panelTypes.deploy,
    title: (file) => vscode.l10n.t('Deploy: {0}', path.basename(file)),
    icon: 'deploy',
    keyOf: async (state) => (await areas.deployPage()).parseDeployPageState(state)?.source,
    fill: async (panel, file) => {
      const { DeployPanel } = await areas.deployPage();
      return new DeployPanel({ panel, session: await options.sessions.of(file), ...options });
    },
  }, options);
}
