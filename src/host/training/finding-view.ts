import * as vscode from 'vscode';
import { findingWords } from '../../protocol/finding-words';
import type { Figures } from '../../protocol/figures';
import type { RunAction } from '../../protocol/run-actions';
import type { RunFinding } from '../../protocol/run-findings';
import type { FindingView } from '../../protocol/training-panel';

/** Puts a finding into words; it offers the actions that belong to it and are possible now. */
export function findingView(finding: RunFinding, possible: readonly RunAction[], figures: Figures): FindingView {
  const wanted = remedies(finding);
  const actions = possible.filter(({ name }) => wanted.includes(name)).map(({ name }) => ({ name, label: actionLabel(name) }));
  const words = findingWords(finding, figures, (message, ...values) => vscode.l10n.t(message, ...values));
  const advice = 'advice' in finding ? finding.advice : undefined;
  return { id: finding.kind, ...words, ...(advice === undefined ? {} : { setting: advice.setting }), actions };
}

function remedies(finding: RunFinding): readonly RunAction['name'][] {
  switch (finding.kind) {
    case 'failed':
    case 'lost':
    case 'silent':
      return ['resume'];
    case 'not-finite':
    case 'diverged':
    case 'dead':
    case 'margin-too-soon':
    case 'rate-too-high':
    case 'rate-too-low':
    case 'overfit':
    case 'overfit-validation':
      return ['stop-now', 'stop-after-epoch', 'resume'];
    case 'plateau':
    case 'ready-for-arcface':
      return ['resume-arcface'];
    case 'starting':
    case 'ended':
    case 'data-bound':
    case 'memory':
    case 'memory-grows':
      return [];
  }
}

function actionLabel(name: RunAction['name']): string {
  const { t } = vscode.l10n;
  const labels: Record<RunAction['name'], string> = {
    'pause': t('Pause'), 'continue': t('Continue'), 'stop-after-epoch': t('Stop after epoch'), 'stop-now': t('Stop now'),
    'resume': t('Resume'), 'resume-arcface': t('Resume with ArcFace…'), 'evaluate': t('Evaluate…'),
  };
  return labels[name];
}
