import * as vscode from 'vscode';
import type { Figures } from '../../protocol/figures';
import { isRunning } from './deploy-outcome';
import type { DeploySession } from './deploy-session';
import { runningWord } from './deploy-view';
import { stepTitle, stepViews } from './step-views';

/** A deploy in few words, with an icon, for the status bar. */
export function deployStatusText(session: DeploySession, figures: Figures): string {
  const { phase, progress, source } = session;
  const { t } = vscode.l10n;
  if (phase.kind === 'failed') return `$(error) ${t('Deploy failed at {0}', stepTitle(progress.current ?? 'check').toLowerCase())}`;
  if (phase.kind === 'done') return `$(pass) ${isRunning(phase.result) ? t('The board runs {0}', source.name) : t('{0} is on the board', source.name)}`;
  return `$(zap) ${runningText(session, figures)}`;
}

/** "Uploading 61 %, 9 s left" */
function runningText(session: DeploySession, figures: Figures): string {
  const word = runningWord(session.progress.current);
  const step = stepViews(session, figures).find(({ step: name }) => name === session.progress.current);
  if (step?.share === undefined || step.share === null) return word;
  const percent = `${word} ${figures.percentText(step.share, 0)}`;
  return step.time === '' ? percent : `${percent}, ${step.time}`;
}
