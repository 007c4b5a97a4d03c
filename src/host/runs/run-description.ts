import * as vscode from 'vscode';
import type { Figures } from '../../protocol/figures';
import { runActions, type RunAction } from '../../protocol/run-actions';
import { shownState, type ShownState } from '../../protocol/run-health';
import { runProgress } from '../../protocol/run-progress';
import type { RunEntry } from './run-entry';

export function entryState({ record, health }: RunEntry): ShownState {
  return shownState(record.state, health);
}

/** What can be done with a run, as far as its recent events tell. */
export function entryActions(entry: RunEntry): RunAction[] {
  return runActions({ state: entryState(entry), head: entry.record.head, hasCheckpoint: entry.hasCheckpoint, flat: false });
}

/** "82 %, 16 min left" while it runs, "loss 0.87, accuracy 91.4 %" at rest. */
export function describeRun(entry: RunEntry, figures: Figures): string {
  const { t } = vscode.l10n;
  const { share, step, remainingMs } = runProgress(entry.record, entry.recent);
  switch (entryState(entry)) {
    case 'waiting':
      return t('starting');
    case 'running': {
      const percent = figures.percentText(share, 0);
      return remainingMs === undefined ? percent : t('{0}, {1} left', percent, figures.shortDurationText(remainingMs));
    }
    case 'paused':
      return t('paused at step {0}', figures.count(step));
    case 'stopping':
      return t('stopping');
    case 'silent':
      return t('not answering');
    case 'lost':
      return t('ended unexpectedly at step {0}', figures.count(step));
    case 'failed':
      return t('failed at step {0}', figures.count(step));
    case 'stopped':
      return t('stopped at step {0}', figures.count(step));
    case 'finished':
      return describeResult(entry, figures);
  }
}

function describeResult({ recent }: RunEntry, figures: Figures): string {
  const loss = recent.recentMean('loss', 20);
  const accuracy = recent.evaluations.at(-1)?.summary.accuracy;
  const parts = [
    loss === undefined ? undefined : vscode.l10n.t('loss {0}', figures.loss(loss)),
    accuracy === undefined ? undefined : vscode.l10n.t('verified {0}', figures.percentText(accuracy)),
  ];
  return parts.filter((part) => part !== undefined).join(', ');
}
