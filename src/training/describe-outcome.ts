import type { CommandResult } from '../base/command';
import type { VerificationSummary } from '../protocol/run';
import { describeTakenOver } from './lineage/take-over';
import type { TrainingOutcome } from './trainer';

/** The last run is the result; the text tells of those before it as well. */
export function describeOutcomes(outcomes: readonly TrainingOutcome[]): CommandResult {
  const last = outcomes.at(-1);
  if (!last) throw new Error('Nothing was trained');
  const { folder, step, record: { state, result, initialVerification, ending, takenOver } } = last;
  const earlier = outcomes.length > 1 ? { earlier: outcomes.slice(0, -1).map((outcome) => outcome.folder) } : {};
  return {
    result: { run: folder, state, step, ...result, initialVerification, takenOver, ...(ending ? { ending } : {}), ...earlier },
    text: outcomes.map(outcomeText).join('\n'),
  };
}

function outcomeText({ folder, step, record: { state, result, ending, takenOver, parent } }: TrainingOutcome): string {
  return [
    `${folder}: ${state} at step ${step}.${ending ? ` ${ending.message}` : ''}`,
    ...(takenOver ? [`From ${parent?.name ?? 'its parent'}: ${describeTakenOver(takenOver)}.`] : []),
    ...(result ? [`Loss ${result.firstLoss.toFixed(3)} at the start, ${result.lastLoss.toFixed(3)} at the end; ${result.imagesPerSecond.toFixed(1)} images/s.`] : []),
    ...(result?.validation ? [`Validation images: loss ${result.validation.loss.toFixed(3)}, accuracy ${(100 * result.validation.accuracy).toFixed(1)} %.`] : []),
    ...(result?.verification ? [describeVerification(result.verification)] : []),
  ].join('\n');
}

/** One line, e.g. "Held-out people: accuracy 91.2 % ± 1.3, AUC 0.972, EER 8.9 % on 1,200 pairs; threshold 0.31." */
export function describeVerification(summary: VerificationSummary): string {
  const percent = (value: number): string => (value * 100).toFixed(1);
  return (
    `Held-out people: accuracy ${percent(summary.accuracy)} % ± ${percent(summary.accuracyDeviation)}, AUC ${summary.auc.toFixed(4)}, ` +
    `EER ${percent(summary.eer)} % on ${summary.pairs} pairs; threshold ${summary.threshold.toFixed(3)}.`
  );
}
