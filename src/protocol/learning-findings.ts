import * as z from 'zod';
import type { RunRecord } from './run';
import { countUpTo, type RunHistory } from './run-history';

/** Settings that findings advise on, by their dotted names in a recipe file. */
export const advisedSettings = ['learningRate.initial', 'head.marginWarmUpEpochs', 'weightDecay', 'batch'] as const;
export type AdvisedSetting = (typeof advisedSettings)[number];

/** A setting of the recipe and the value to try next. */
export interface SettingAdvice {
  readonly setting: AdvisedSetting;
  readonly value: number;
}

/** What the curves say about how a network learns, with the numbers that show it. */
export type LearningFinding =
  | { readonly kind: 'dead'; readonly people: number; readonly loss: number; readonly steps: number; readonly advice?: SettingAdvice }
  | { readonly kind: 'margin-too-soon'; readonly margin: number; readonly accuracy: number; readonly bestAccuracy: number; readonly bestMargin: number; readonly advice?: SettingAdvice }
  | { readonly kind: 'rate-too-high'; readonly rises: number; readonly windows: number; readonly steps: number; readonly learningRate: number; readonly advice?: SettingAdvice }
  | { readonly kind: 'rate-too-low'; readonly fall: number; readonly steps: number; readonly learningRate: number; readonly advice?: SettingAdvice }
  | { readonly kind: 'overfit'; readonly accuracy: number; readonly auc: number; readonly bestAuc: number; readonly bestStep: number; readonly advice?: SettingAdvice }
  | { readonly kind: 'overfit-validation'; readonly loss: number; readonly bestLoss: number; readonly bestStep: number; readonly trainingLoss: number; readonly advice?: SettingAdvice }
  | { readonly kind: 'memory-grows'; readonly bytesPer1000Steps: number; readonly memoryBytes: number };

/** Every rule is wide enough that healthy runs (measured: the drawn sample and the LFW subset, softmax and ArcFace) do not trip it. */
const rules = {
  /** Steps of a window: the mean of 20 batches of 16 varies by some 5 to 8 % in a healthy run. */
  windowSteps: 20,
  /** A dead network shows within this many steps; warm-ups of an epoch are over by then on small sets. */
  deadSteps: 300,
  /** Relative distance from ln(people), the loss of guessing. */
  deadTolerance: 0.02,
  /** The accuracy before the margin hardly moves in a healthy warm-up; half of its best is a collapse. */
  marginCollapse: 0.5,
  /** An accuracy below this was never worth collapsing. */
  marginLeastAccuracy: 0.2,
  /** The margin must have grown by this much, in radians, since the best accuracy. */
  marginGrowth: 0.05,
  /** Windows that are looked at for oscillation, and how many of them must jump up by how much: 25 % is over three deviations of a healthy window. */
  oscillationWindows: 20,
  oscillationRises: 5,
  oscillationRise: 0.25,
  /** An oscillating loss that still falls by this share is left alone. */
  oscillationProgress: 0.05,
  /** A loss that fell steadily, but by less than this share in an epoch and 300 steps, would take forever. */
  slowFall: 0.08,
  slowestLearning: 0.005,
  /** Training accuracy that leaves nothing to learn, and points of AUC that verification lost since its best, in two checks running. */
  overfitAccuracy: 0.95,
  overfitLoss: 0.01,
  /** Rise of the validation loss over its best in two checks running, and the images below which it is chance. */
  validationRise: 0.1,
  leastValidationImages: 20,
  /** Margins, in radians, under which losses are compared. */
  sameMargin: 0.01,
  /** Memory settles in the first steps; later growth by a fifth and 256 MB is a leak. */
  memorySteps: 400,
  memoryGrowth: 0.2,
  memoryGrowthBytes: 256e6,
} as const;

/** Factors of the advice: a rate is moved by about half a decade, as schedules do it. */
const advised = { higherRate: 3, lowerRate: 0.3, longerWarmUp: 2, leastWarmUpEpochs: 4, moreDecay: 5, leastWeightDecay: 4e-5, leastBatch: 2 } as const;

/** Findings in the order of their weight; at most one about the loss. */
export function findLearningFindings(record: RunRecord, history: RunHistory): LearningFinding[] {
  const settings = settingsOf(record.recipe);
  const found: (LearningFinding | undefined)[] = [
    findMarginCollapse(history, settings) ?? findDeadLoss(record, history, settings) ?? findOscillation(history, settings) ?? findSlowness(record, history, settings),
    findOverfit(history, settings) ?? findValidationOverfit(history, settings),
    findMemoryGrowth(history),
  ];
  return found.filter((finding) => finding !== undefined);
}

/** Means of consecutive, full windows, counted back from the end. */
export function windowMeans(values: Float64Array, window: number): number[] {
  const means: number[] = [];
  for (let start = values.length % window; start < values.length; start += window) means.push(meanOf(values.subarray(start, start + window)));
  return means;
}

interface Settings {
  readonly learningRate?: number | undefined;
  readonly marginWarmUpEpochs?: number | undefined;
  readonly weightDecay?: number | undefined;
  readonly batch?: number | undefined;
  /** Photos that a batch has a multiple of. */
  readonly groupSize: number;
}

const settingsSchema = z.object({
  learningRate: z.object({ initial: z.number() }).optional().catch(undefined),
  head: z.object({ marginWarmUpEpochs: z.number() }).optional().catch(undefined),
  weightDecay: z.number().optional().catch(undefined),
  batch: z.number().optional().catch(undefined),
  sampling: z.object({ people: z.number(), photos: z.number() }).optional().catch(undefined),
});

/** What the advice starts from; recipes of other versions may lack any of it. */
function settingsOf(recipe: unknown): Settings {
  const { data } = settingsSchema.safeParse(recipe);
  const { sampling } = data ?? {};
  return {
    learningRate: data?.learningRate?.initial, marginWarmUpEpochs: data?.head?.marginWarmUpEpochs, weightDecay: data?.weightDecay,
    batch: data?.batch, groupSize: sampling ? sampling.people * sampling.photos : 1,
  };
}

export function rateAdvice(recipe: unknown, direction: 'higher' | 'lower'): { readonly advice?: SettingAdvice } {
  return rateAdviceOf(settingsOf(recipe), direction);
}

/** Half of the batch, or none when a batch cannot be that small. */
export function smallerBatchAdvice(recipe: unknown): { readonly advice?: SettingAdvice } {
  const { batch, groupSize } = settingsOf(recipe);
  const value = Math.floor((batch ?? 0) / 2 / groupSize) * groupSize;
  return value >= advised.leastBatch ? { advice: { setting: 'batch', value } } : {};
}

function rateAdviceOf({ learningRate }: Settings, direction: 'higher' | 'lower'): { readonly advice?: SettingAdvice } {
  if (learningRate === undefined) return {};
  const factor = direction === 'higher' ? advised.higherRate : advised.lowerRate;
  return { advice: { setting: 'learningRate.initial', value: Number((learningRate * factor).toPrecision(2)) } };
}

function findDeadLoss(record: RunRecord, history: RunHistory, settings: Settings): LearningFinding | undefined {
  if (record.head !== 'softmax' || history.length < rules.deadSteps) return undefined;
  const loss = history.recentMean('loss', rules.deadSteps) as number;
  const guessing = Math.log(record.identities);
  if (Math.abs(loss - guessing) > rules.deadTolerance * guessing) return undefined;
  return { kind: 'dead', people: record.identities, loss, steps: rules.deadSteps, ...rateAdviceOf(settings, 'higher') };
}

function findMarginCollapse(history: RunHistory, { marginWarmUpEpochs }: Settings): LearningFinding | undefined {
  const accuracies = windowMeans(history.column('accuracy'), rules.windowSteps);
  const margins = windowMeans(history.column('margin'), rules.windowSteps);
  const [accuracy, margin] = [accuracies.at(-1), margins.at(-1)];
  if (accuracy === undefined || margin === undefined || margin === 0) return undefined;
  const bestAccuracy = Math.max(...accuracies);
  const bestMargin = margins[accuracies.lastIndexOf(bestAccuracy)] as number;
  if (bestAccuracy < rules.marginLeastAccuracy || accuracy > rules.marginCollapse * bestAccuracy || margin < bestMargin + rules.marginGrowth) return undefined;
  const value = Math.max(advised.leastWarmUpEpochs, advised.longerWarmUp * (marginWarmUpEpochs ?? 0));
  return { kind: 'margin-too-soon', margin, accuracy, bestAccuracy, bestMargin, advice: { setting: 'head.marginWarmUpEpochs', value } };
}

function findOscillation(history: RunHistory, settings: Settings): LearningFinding | undefined {
  const recent = windowMeans(history.column('loss'), rules.windowSteps).slice(-rules.oscillationWindows);
  if (recent.length < rules.oscillationWindows || !recent.every(Number.isFinite)) return undefined;
  const rises = recent.filter((loss, index) => index > 0 && loss > (1 + rules.oscillationRise) * (recent[index - 1] as number)).length;
  const half = recent.length / 2;
  const falls = meanOf(recent.slice(half)) < (1 - rules.oscillationProgress) * meanOf(recent.slice(0, half));
  if (rises < rules.oscillationRises || falls || isAlmostZero(history, recent)) return undefined;
  const learningRate = history.last('learningRate') as number;
  return { kind: 'rate-too-high', rises, windows: recent.length, steps: recent.length * rules.windowSteps, learningRate, ...rateAdviceOf(settings, 'lower') };
}

/** A loss near 0 may well double from window to window. */
function isAlmostZero(history: RunHistory, recent: readonly number[]): boolean {
  return meanOf(recent) < 0.1 * meanOf(history.column('loss').subarray(0, rules.windowSteps));
}

function findSlowness(record: RunRecord, history: RunHistory, settings: Settings): LearningFinding | undefined {
  const steps = Math.max(rules.deadSteps, record.stepsPerEpoch);
  if (history.length < steps || history.last('margin') !== history.column('margin')[0]) return undefined;
  const loss = history.column('loss');
  const quarters = [0, 1, 2, 3].map((quarter) => meanOf(loss.subarray(Math.floor((quarter * loss.length) / 4), Math.floor(((quarter + 1) * loss.length) / 4))));
  const [first, , , last] = quarters as [number, number, number, number];
  const fall = 1 - last / first;
  const isSteady = quarters.every((mean, index) => index === 0 || mean < (quarters[index - 1] as number));
  if (!isSteady || fall < rules.slowestLearning || fall > rules.slowFall || last < 0.5) return undefined;
  return { kind: 'rate-too-low', fall, steps: history.length, learningRate: history.last('learningRate') as number, ...rateAdviceOf(settings, 'higher') };
}

function findOverfit(history: RunHistory, { weightDecay }: Settings): LearningFinding | undefined {
  const accuracy = history.recentMean('accuracy', 2 * rules.windowSteps);
  const [best, ...others] = [...history.evaluations].sort((x, y) => y.summary.auc - x.summary.auc);
  const recent = history.evaluations.slice(-2);
  if (accuracy === undefined || accuracy < rules.overfitAccuracy || best === undefined || others.length < 2) return undefined;
  const lasts = recent.every(({ step, summary }) => step > best.step && summary.auc < best.summary.auc - rules.overfitLoss);
  if (!lasts) return undefined;
  return { kind: 'overfit', accuracy, auc: recent.at(-1)?.summary.auc as number, bestAuc: best.summary.auc, bestStep: best.step, advice: decayAdvice(weightDecay) };
}

function decayAdvice(weightDecay: number | undefined): SettingAdvice {
  const value = advised.moreDecay * Math.max(advised.leastWeightDecay, weightDecay ?? 0);
  return { setting: 'weightDecay', value: Number(value.toPrecision(2)) };
}

/** The loss on the validation images rises while that on the training images goes on falling. */
function findValidationOverfit(history: RunHistory, { weightDecay }: Settings): LearningFinding | undefined {
  const margin = history.last('margin') ?? 0;
  const stepsUpTo = (step: number): number => countUpTo(history.column('step'), step);
  const checks = history.validations.flatMap(({ step, loss, images }) => {
    const isComparable = Math.abs((history.column('margin')[stepsUpTo(step) - 1] ?? 0) - margin) <= rules.sameMargin;
    return isComparable && loss !== null && images >= rules.leastValidationImages ? [{ step, loss }] : [];
  });
  const [best] = [...checks].sort((x, y) => x.loss - y.loss);
  const recent = checks.slice(-2);
  const last = recent.at(-1);
  if (best === undefined || last === undefined || !recent.every(({ step, loss }) => step > best.step && loss > (1 + rules.validationRise) * best.loss)) return undefined;
  const end = stepsUpTo(best.step);
  const then = meanOf(history.column('loss').subarray(Math.max(0, end - rules.windowSteps), end));
  const trainingLoss = history.recentMean('loss', rules.windowSteps) ?? Number.NaN;
  if (!(trainingLoss < then)) return undefined;
  return { kind: 'overfit-validation', loss: last.loss, bestLoss: best.loss, bestStep: best.step, trainingLoss, advice: decayAdvice(weightDecay) };
}

function findMemoryGrowth(history: RunHistory): LearningFinding | undefined {
  const column = history.column('memoryBytes');
  if (column.length < rules.memorySteps) return undefined;
  const settled = column.subarray(Math.floor(column.length / 5));
  const quarters = [0, 1, 2, 3].map((quarter) => meanOf(settled.subarray(Math.floor((quarter * settled.length) / 4), Math.floor(((quarter + 1) * settled.length) / 4))));
  const [first, , , last] = quarters as [number, number, number, number];
  const isSteady = quarters.every((mean, index) => index === 0 || mean > 1.02 * (quarters[index - 1] as number));
  if (!isSteady || last - first < Math.max(rules.memoryGrowthBytes, rules.memoryGrowth * first)) return undefined;
  return { kind: 'memory-grows', bytesPer1000Steps: ((last - first) / (0.75 * settled.length)) * 1000, memoryBytes: column.at(-1) as number };
}

function meanOf(values: Float64Array | readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
