import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import type { DeployRequest } from '../../protocol/deploy-panel';
import type { Figures } from '../../protocol/figures';
import { BoardServices } from '../board/board-services';
import { registerBoardView } from '../board/register-board-view';
import type { JobRunner } from '../jobs/job-runner';
import type { PanelCollection } from '../pages/panel-collection';
import { BoardStatusItem } from '../status/board-status-item';
import { DeployEndNotifier } from './deploy-end-notifier';
import { deployPanels } from './deploy-panels';
import type { DeploySession } from './deploy-session';
import { DeploySessions } from './deploy-sessions';

export interface BoardAreaOptions {
  readonly extension: vscode.ExtensionContext;
  readonly jobs: JobRunner;
  readonly figures: Figures;
  readonly log: vscode.LogOutputChannel;
  readonly perform: (request: DeployRequest, session: DeploySession) => Promise<void>;
}

/** Everything of the editor that has to do with boards: their view, deploys with panels, status and notifications. */
export class BoardArea extends Disposable {
  readonly board: BoardServices;
  readonly deploys: DeploySessions;
  readonly deployPanels: PanelCollection;

  constructor({ extension: { extensionUri, globalStorageUri, workspaceState }, jobs, figures, log, perform }: BoardAreaOptions) {
    super();
    this.board = this.own(new BoardServices({ jobs, memory: workspaceState, log, folder: vscode.Uri.joinPath(globalStorageUri, 'boards').fsPath }));
    this.deploys = this.own(new DeploySessions(this.board));
    this.deployPanels = this.own(deployPanels({ extensionUri, memory: workspaceState, figures, log, board: this.board, sessions: this.deploys, perform }));
    this.own(registerBoardView(this.board, figures));
    this.own(new BoardStatusItem(this.board, this.deploys, figures));
    this.own(new DeployEndNotifier(this.deploys, this.deployPanels));
  }
}
