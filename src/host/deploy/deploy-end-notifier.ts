import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import type { DeploySession } from './deploy-session';
import type { DeploySessions } from './deploy-sessions';
import { isRunning } from './deploy-outcome';

/** One notification for each deploy that ends, and only while its panel is not in sight. */
export class DeployEndNotifier extends Disposable {
  private readonly running = new Set<DeploySession>();

  constructor(sessions: DeploySessions, private readonly panels: { isVisible(file: string): boolean; open(file: string): Promise<void> }) {
    super();
    this.own(sessions.onDidChange((session) => this.update(session)));
  }

  private update(session: DeploySession): void {
    const { kind } = session.phase;
    if (kind === 'running') {
      this.running.add(session);
      return;
    }
    if (!this.running.delete(session) || kind === 'cancelled' || this.panels.isVisible(session.source.path)) return;
    void this.notify(session);
  }

  private async notify({ phase, source }: DeploySession): Promise<void> {
    const { t } = vscode.l10n;
    const show = t('Show');
    const answer = phase.kind === 'failed'
      ? await vscode.window.showErrorMessage(t('{0} was not deployed: {1}', source.name, phase.failure.sentence), show)
      : phase.kind === 'done' && isRunning(phase.result)
        ? await vscode.window.showInformationMessage(t('The board runs {0}.', source.name), show)
        : await vscode.window.showInformationMessage(t('{0} is on the board.', source.name), show);
    if (answer === show) await this.panels.open(source.path);
  }
}
