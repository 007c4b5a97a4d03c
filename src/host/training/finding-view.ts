import * as vscode from 'vscode';
import type { Figures } from '../../protocol/figures';
import type { RunAction } from '../../protocol/run-actions';
import type { RunFinding } from '../../protocol/run-findings';
import type { FindingView } from '../../protocol/training-panel';

type Words = Omit<FindingView, 'id' | 'actions'>;

/** Puts a finding into words; it offers the actions that belong to it and are possible now. */
export function findingView(finding: RunFinding, possible: readonly RunAction[], figures: Figures): FindingView {
  const wanted = remedies(finding);
  const actions = possible.filter(({ name }) => wanted.includes(name)).map(({ name }) => ({ name, label: actionLabel(name) }));
  return { id: finding.kind, ...words(finding, figures), actions };
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
      return ['stop-now', 'stop-after-epoch', 'resume'];
    case 'plateau':
    case 'ready-for-arcface':
      return ['resume-arcface'];
    case 'starting':
    case 'data-bound':
    case 'memory':
      return [];
  }
}

function actionLabel(name: RunAction['name']): string {
  const { t } = vscode.l10n;
  const labels: Record<RunAction['name'], string> = {
    'pause': t('Pause'), 'continue': t('Continue'), 'stop-after-epoch': t('Stop after epoch'), 'stop-now': t('Stop now'),
    'resume': t('Resume'), 'resume-arcface': t('Resume with ArcFace…'),
  };
  return labels[name];
}

function words(finding: RunFinding, figures: Figures): Words {
  const { t } = vscode.l10n;
  switch (finding.kind) {
    case 'starting':
      return { severity: 'info', text: t('Opening the engine and the photos.'), note: t('The first step takes some seconds longer than the next ones.') };
    case 'failed':
      return { severity: 'error', text: finding.failure ?? t('The training failed.') };
    case 'lost':
      return { severity: 'error', text: t('The training job ended without saying why.'), note: resumeNote(finding.checkpoint, figures) };
    case 'silent':
      return {
        severity: 'warning', text: t('The training job has not answered for {0}.', figures.durationText(finding.silentMs)),
        note: t('The computer may be asleep or out of memory. {0}', resumeNote(finding.checkpoint, figures)),
      };
    case 'not-finite':
      return { severity: 'error', text: t('Loss became NaN at step {0}.', figures.count(finding.step)), note: notFiniteNote(finding, figures) };
    case 'diverged':
      return {
        severity: 'warning', text: t('Loss grew to {0}; it was {1} before.', figures.loss(finding.loss), figures.loss(finding.bestLoss)),
        note: t('The learning rate or the margin is too high. {0}', resumeNote(finding.checkpoint, figures)),
      };
    case 'dead':
      return {
        severity: 'warning', text: t('Loss stays at {0} for {1} steps.', figures.loss(finding.loss), figures.count(finding.steps)),
        note: t('That is ln({0}): the network only guesses. Try a higher learning rate, and check that the photos are filed under the right people.', figures.count(finding.people)),
      };
    case 'plateau':
      return {
        severity: 'info', text: t('Verification gained only {0} points of AUC in the last {1} checks.', figures.fixed(finding.gain, 3), finding.checks),
        note: t('More softmax steps hardly help. ArcFace pulls the people further apart.'),
      };
    case 'ready-for-arcface':
      return {
        severity: 'info',
        text: finding.auc === undefined ? t('Softmax training is done.') : t('Softmax training is done, with an AUC of {0}.', figures.fixed(finding.auc, 3)),
        note: t('Next: ArcFace keeps this backbone and pulls the people further apart. This run stays as it is.'),
      };
    case 'data-bound':
      return {
        severity: 'info', text: t('Reading photos takes {0} of each step.', figures.percentText(finding.dataShare, 0)),
        note: t('The disk or the other programs on this computer hold the training back.'),
      };
    case 'memory':
      return {
        severity: 'warning', text: t('The training uses {0} of this computer’s memory.', figures.percentText(finding.share, 0)),
        note: t('A smaller batch needs less.'),
      };
  }
}

function notFiniteNote({ margin, checkpoint }: Extract<RunFinding, { kind: 'not-finite' }>, figures: Figures): string {
  const cause = margin > 0
    ? vscode.l10n.t('Margin {0} came too early or the learning rate is too high.', figures.fixed(margin, 2))
    : vscode.l10n.t('The learning rate is too high.');
  return `${cause} ${resumeNote(checkpoint, figures)}`;
}

function resumeNote(checkpoint: number | undefined, figures: Figures): string {
  return checkpoint === undefined
    ? vscode.l10n.t('There is no checkpoint yet, so it has to start anew.')
    : vscode.l10n.t('Checkpoint {0} is kept.', figures.count(checkpoint));
}
