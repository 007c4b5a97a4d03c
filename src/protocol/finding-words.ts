import { figureText, type Figures } from './figures';
import type { SettingAdvice } from './learning-findings';
import type { RunFinding } from './run-findings';

/** A finding for people; see `FindingView`. */
export interface FindingWords {
  readonly severity: 'info' | 'warning' | 'error';
  readonly text: string;
  readonly note?: string;
}

/** Gives a sentence in the reader's language, with {0}, {1} ... filled in. */
export type Translate = (message: string, ...values: (string | number)[]) => string;

/** For readers of the command line, which speaks English. */
export const inEnglish: Translate = (message, ...values) => message.replaceAll(/\{(\d+)\}/gu, (_, index: string) => String(values[Number(index)] ?? ''));

/** A smaller gain would be written as 0.000. */
const leastShownGain = 0.0005;

/** What happened, and what it means; `t` translates and fills in {0}, {1}. */
export function findingWords(finding: RunFinding, figures: Figures, t: Translate): FindingWords {
  switch (finding.kind) {
    case 'starting':
      return { severity: 'info', text: t('Opening the engine and the photos.'), note: t('The first step takes some seconds longer than the next ones.') };
    case 'failed':
      return { severity: 'error', text: finding.failure ?? t('The training failed.') };
    case 'lost':
      return { severity: 'error', text: t('The training job ended without saying why.'), note: resumeNote(finding.checkpoint, figures, t) };
    case 'silent':
      return {
        severity: 'warning', text: t('The training job has not answered for {0}.', figures.durationText(finding.silentMs)),
        note: t('The computer may be asleep or out of memory. {0}', resumeNote(finding.checkpoint, figures, t)),
      };
    case 'not-finite':
      return { severity: 'error', text: notFiniteText(finding, figures, t), note: notFiniteNote(finding, figures, t) };
    case 'diverged':
      return {
        severity: 'warning', text: t('Loss grew to {0}; it was {1} before.', figures.loss(finding.loss), figures.loss(finding.bestLoss)),
        note: sentences(t('The learning rate or the margin is too high.'), adviceText(finding.advice, figures, t), resumeNote(finding.checkpoint, figures, t)),
      };
    case 'dead':
      return {
        severity: 'warning', text: t('Loss stays at {0} for {1} steps.', figures.loss(finding.loss), figures.count(finding.steps)),
        note: sentences(
          t('That is ln({0}): the network only guesses. Check that the photos are filed under the right people, or learn faster.', figures.count(finding.people)),
          adviceText(finding.advice, figures, t),
        ),
      };
    case 'margin-too-soon':
      return {
        severity: 'warning',
        text: t('Accuracy fell from {0} to {1} while the margin grew from {2} to {3}.', figures.percentText(finding.bestAccuracy, 0), figures.percentText(finding.accuracy, 0), figures.fixed(finding.bestMargin, 2), figures.fixed(finding.margin, 2)),
        note: sentences(t('The margin grows faster than the network can follow.'), adviceText(finding.advice, figures, t)),
      };
    case 'rate-too-high':
      return {
        severity: 'warning', text: t('Loss jumps up and down: {0} rises in the last {1} steps, and no gain.', figures.count(finding.rises), figures.count(finding.steps)),
        note: sentences(t('The learning rate of {0} is too high here.', figures.learningRate(finding.learningRate)), adviceText(finding.advice, figures, t)),
      };
    case 'rate-too-low':
      return {
        severity: 'info', text: t('Loss falls steadily, but only by {0} in {1} steps.', figures.percentText(finding.fall), figures.count(finding.steps)),
        note: sentences(t('The learning rate of {0} is low for this network.', figures.learningRate(finding.learningRate)), adviceText(finding.advice, figures, t)),
      };
    case 'overfit':
      return {
        severity: 'warning',
        text: t('Verification fell from an AUC of {0} at step {1} to {2}, while {3} of the training photos are right.', figures.fixed(finding.bestAuc, 3), figures.count(finding.bestStep), figures.fixed(finding.auc, 3), figures.percentText(finding.accuracy, 0)),
        note: sentences(t('The network learns its photos by heart; more people help most. model/best holds the best step.'), adviceText(finding.advice, figures, t)),
      };
    case 'overfit-validation':
      return {
        severity: 'warning',
        text: t('Loss on the validation images rose from {0} at step {1} to {2}, while that of training fell to {3}.', figures.loss(finding.bestLoss), figures.count(finding.bestStep), figures.loss(finding.loss), figures.loss(finding.trainingLoss)),
        note: sentences(t('The network learns its photos by heart; more photos help most.'), adviceText(finding.advice, figures, t)),
      };
    case 'memory-grows':
      return {
        severity: 'warning', text: t('Memory grows by {0} in 1,000 steps and is at {1}.', figureText([figures.bytes(finding.bytesPer1000Steps)]), figureText([figures.bytes(finding.memoryBytes)])),
        note: t('A stop after the epoch and a resume give it back.'),
      };
    case 'plateau':
      return {
        severity: 'info',
        text: finding.gain < leastShownGain
          ? t('Verification gained nothing in the last {0} checks.', finding.checks)
          : t('Verification gained only {0} points of AUC in the last {1} checks.', figures.fixed(finding.gain, 3), finding.checks),
        note: t('More softmax steps hardly help. ArcFace pulls the people further apart.'),
      };
    case 'ended':
      return {
        severity: 'info', text: finding.message,
        ...(finding.checkpoint === undefined ? {} : { note: t('The run ended with the weights of step {0}.', figures.count(finding.checkpoint)) }),
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
        note: sentences(t('Fewer photos in a step need less.'), adviceText(finding.advice, figures, t)),
      };
  }
}

function notFiniteText({ what, step }: Extract<RunFinding, { kind: 'not-finite' }>, figures: Figures, t: Translate): string {
  return what === 'loss' ? t('Loss became NaN at step {0}.', figures.count(step)) : t('A gradient or a weight became NaN at step {0}.', figures.count(step));
}

function notFiniteNote({ margin, checkpoint, advice }: Extract<RunFinding, { kind: 'not-finite' }>, figures: Figures, t: Translate): string {
  const cause = margin > 0
    ? t('Margin {0} came too early or the learning rate is too high.', figures.fixed(margin, 2))
    : t('The learning rate is too high.');
  return sentences(cause, adviceText(advice, figures, t), resumeNote(checkpoint, figures, t));
}

function resumeNote(checkpoint: number | undefined, figures: Figures, t: Translate): string {
  return checkpoint === undefined
    ? t('There is no checkpoint yet, so it has to start anew.')
    : t('Checkpoint {0} is kept.', figures.count(checkpoint));
}

/** "Set learningRate.initial to 3.0e-4." */
function adviceText(advice: SettingAdvice | undefined, figures: Figures, t: Translate): string | undefined {
  if (advice === undefined) return undefined;
  const isRate = advice.setting === 'learningRate.initial' || advice.setting === 'weightDecay';
  return t('Try {0} {1} in the recipe.', advice.setting, isRate ? figures.learningRate(advice.value) : figures.count(advice.value));
}

function sentences(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join(' ');
}
