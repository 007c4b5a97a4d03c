import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import { commands } from '../../ids';
import type { Figures } from '../../protocol/figures';
import type { BoardServices } from '../board/board-services';
import { boardName, portName } from '../board/port-words';
import { areas } from '../areas';
import type { DeploySession } from '../deploy/deploy-session';
import type { DeploySessions } from '../deploy/deploy-sessions';

/** The status bar must not change faster. */
const updateMs = 1000;

/** The deploy that runs or ended last, else the chosen board; hidden when there is neither. */
export class BoardStatusItem extends Disposable {
  private readonly item: vscode.StatusBarItem;
  private timer: NodeJS.Timeout | undefined;
  private lastMs = 0;
  private shownPhase = '';

  constructor(private readonly board: BoardServices, private readonly sessions: DeploySessions, private readonly figures: Figures) {
    super();
    this.item = this.own(vscode.window.createStatusBarItem('mobilefacenet.board', vscode.StatusBarAlignment.Right, 99));
    this.item.name = vscode.l10n.t('MobileFaceNet board');
    this.own(sessions.onDidChange(() => this.updateSoon()));
    this.own(board.ports.onDidChange(() => this.updateSoon()));
    this.own({ dispose: () => clearTimeout(this.timer) });
  }

  /** At once when a deploy begins or ends, once a second otherwise. */
  private updateSoon(): void {
    const phase = this.sessions.latest?.phase.kind ?? '';
    const wait = phase === this.shownPhase ? this.lastMs + updateMs - Date.now() : 0;
    if (wait <= 0) {
      clearTimeout(this.timer);
      this.timer = undefined;
      this.update();
    } else {
      this.timer ??= setTimeout(() => {
        this.timer = undefined;
        this.update();
      }, wait);
    }
  }

  private update(): void {
    this.lastMs = Date.now();
    const { latest } = this.sessions;
    this.shownPhase = latest?.phase.kind ?? '';
    if (latest !== undefined && latest.phase.kind !== 'ready' && latest.phase.kind !== 'cancelled') void this.showDeploy(latest);
    else this.showBoard();
  }

  private async showDeploy(session: DeploySession): Promise<void> {
    const { deployStatusText } = await areas.deployPage();
    if (this.isDisposed || this.sessions.latest !== session) return;
    this.item.backgroundColor = session.phase.kind === 'failed' ? new vscode.ThemeColor('statusBarItem.errorBackground') : undefined;
    this.item.tooltip = vscode.l10n.t('Open the deploy panel');
    this.item.command = { command: commands.deploy, title: '', arguments: [session.source.path] };
    this.item.text = deployStatusText(session, this.figures);
    this.item.show();
  }

  private showBoard(): void {
    const { ports, records } = this.board;
    const entry = ports.chosen === undefined ? undefined : ports.entry(ports.chosen);
    if (entry === undefined || entry.permission.kind === 'missing') {
      this.item.hide();
      return;
    }
    this.item.backgroundColor = undefined;
    this.item.text = `$(chip) ${vscode.l10n.t('{0} on {1}', boardName(entry, records.of(entry.key)), portName(entry.path))}`;
    this.item.tooltip = vscode.l10n.t('Board menu');
    this.item.command = commands.boardMenu;
    this.item.show();
  }
}
