import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import { areas } from '../areas';
import type { BoardServices } from '../board/board-services';
import type { DeploySession } from './deploy-session';

/** The deploys of this window, one for each file. They go on when their panels are closed. */
export class DeploySessions extends Disposable {
  private readonly changed = this.own(new vscode.EventEmitter<DeploySession>());
  readonly onDidChange = this.changed.event;
  private readonly sessions = new Map<string, Promise<DeploySession>>();
  /** The one that something happened to last. */
  latest: DeploySession | undefined;

  constructor(private readonly board: BoardServices) {
    super();
  }

  async of(file: string): Promise<DeploySession> {
    const existing = this.sessions.get(file);
    if (existing !== undefined) return existing;
    const opening = this.open(file);
    this.sessions.set(file, opening);
    return opening;
  }

  private async open(file: string): Promise<DeploySession> {
    const { DeploySession } = await areas.deployPage();
    const session = this.own(await DeploySession.open(file, this.board));
    session.onDidChange(() => {
      if (session.phase.kind !== 'ready') this.latest = session;
      this.changed.fire(session);
    });
    return session;
  }
}
