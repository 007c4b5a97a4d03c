import type { CommandResult } from '../../base/command';
import { Figures, figureText } from '../../protocol/figures';
import { findingWords, inEnglish } from '../../protocol/finding-words';
import type { RunEventOf, RunRecord, VerificationSummary } from '../../protocol/run';
import { findRunFindings } from '../../protocol/run-findings';
import { shownState, type RunHealth } from '../../protocol/run-health';
import type { RunHistory } from '../../protocol/run-history';

const figures = new Figures('en');
const recentSteps = 50;
const signs = { info: 'i', warning: '!', error: 'x' } as const;

/** A run's summary and what its curves say, as `runs show` prints it. */
export function showRun(folder: string, record: RunRecord, history: RunHistory, health: RunHealth): CommandResult {
  const findings = findRunFindings(record, history, health).map((finding) => ({ ...finding, ...findingWords(finding, figures, inEnglish) }));
  const best = history.evaluations.reduce<(typeof history.evaluations)[number] | undefined>((found, event) => (found && found.summary.auc >= event.summary.auc ? found : event), undefined);
  const last = history.evaluations.at(-1);
  const validation = history.validations.at(-1);
  const state = shownState(record.state, health);
  const rows: (readonly [string, string])[] = [
    ['Run', `${folder}: ${state}`],
    ['Network', `${record.network}, ${record.head}${record.parent ? `, from ${record.parent.name} at step ${figures.count(record.parent.step)}` : ''}`],
    ['Data', dataText(record)],
    ['Steps', `${figures.count(history.last('step') ?? record.firstStep)} of ${figures.count(record.lastStep)} in ${figures.durationText(history.elapsedMs)}`],
    ...(history.length > 0 ? stepRows(history) : []),
    ...(validation ? [['Validation', validationText(validation)] as const] : []),
    ...(best ? [['Best', `${verificationText(best.summary)} at step ${figures.count(best.step)}`] as const] : []),
    ...(last && last !== best ? [['Last', `${verificationText(last.summary)} at step ${figures.count(last.step)}`] as const] : []),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = [
    ...rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`),
    '',
    ...(findings.length === 0 ? ['Nothing stands out.'] : findings.map(({ severity, text, note }) => `${signs[severity]} ${text}${note === undefined ? '' : `\n  ${note}`}`)),
  ];
  return {
    result: {
      run: folder, state, step: history.last('step') ?? record.firstStep, loss: history.recentMean('loss', recentSteps) ?? null,
      accuracy: history.recentMean('accuracy', recentSteps) ?? null, bestVerification: best ?? null, lastVerification: last ?? null, lastValidation: validation ?? null, findings,
    },
    text: lines.join('\n'),
  };
}

function dataText({ images, validationImages = 0, identities, heldOutIdentities }: RunRecord): string {
  const apart = validationImages > 0 ? ` and ${figures.count(validationImages)} for validation` : '';
  return `${figures.count(images)} images${apart} of ${figures.count(identities)} people, ${figures.count(heldOutIdentities)} held out`;
}

/** "loss 1.234, accuracy 81.3 % on 40 images at step 120" */
function validationText({ loss, accuracy, images, step }: RunEventOf<'validation'>): string {
  return `loss ${loss === null ? 'NaN' : figures.loss(loss)}, accuracy ${figures.percentText(accuracy)} on ${figures.count(images)} images at step ${figures.count(step)}`;
}

/** "accuracy 94.5 % (91.0 to 97.1), AUC 0.985 (0.972 to 0.994)" */
export function verificationText({ accuracy, auc, intervals }: VerificationSummary): string {
  const share = intervals ? ` (${figures.fixed(100 * intervals.accuracy.low, 1)} to ${figures.fixed(100 * intervals.accuracy.high, 1)})` : '';
  const area = intervals ? ` (${figures.fixed(intervals.auc.low, 3)} to ${figures.fixed(intervals.auc.high, 3)})` : '';
  return `accuracy ${figures.percentText(accuracy)}${share}, AUC ${figures.fixed(auc, 4)}${area}`;
}

function stepRows(history: RunHistory): (readonly [string, string])[] {
  const first = history.column('loss').subarray(0, recentSteps).filter(Number.isFinite);
  const firstLoss = first.reduce((sum, value) => sum + value, 0) / first.length;
  const recent = (name: 'loss' | 'accuracy' | 'imagesPerSecond' | 'dataShare'): number => history.recentMean(name, recentSteps) ?? Number.NaN;
  const recentText = `means of ${figures.count(Math.min(recentSteps, history.length))} steps`;
  return [
    ['Loss', `${figures.loss(firstLoss)} at the start, ${figures.loss(recent('loss'))} now; accuracy ${figures.percentText(recent('accuracy'))} (${recentText})`],
    ['Speed', `${figures.fixed(recent('imagesPerSecond'), 1)} images/s, ${figures.percentText(recent('dataShare'), 0)} of it waiting for data; memory ${figureText([figures.bytes(history.last('memoryBytes') ?? 0)])}`],
  ];
}
