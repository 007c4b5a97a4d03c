import { findLearningFindings, rateAdvice, smallerBatchAdvice, windowMeans, type LearningFinding, type SettingAdvice } from './learning-findings';
import type { RunHistory } from './run-history';
import type { RunHealth } from './run-health';
import type { RunRecord } from './run';

/** Something about a run that a person should know, with its numbers; the host puts it into words. */
export type RunFinding =
  | { readonly kind: 'starting' }
  | { readonly kind: 'failed'; readonly failure: string | undefined }
  | { readonly kind: 'lost'; readonly checkpoint: number | undefined }
  | { readonly kind: 'silent'; readonly silentMs: number; readonly checkpoint: number | undefined }
  | { readonly kind: 'not-finite'; readonly what: 'loss' | 'weights'; readonly step: number; readonly margin: number; readonly checkpoint: number | undefined; readonly advice?: SettingAdvice }
  | { readonly kind: 'diverged'; readonly step: number; readonly loss: number; readonly bestLoss: number; readonly checkpoint: number | undefined; readonly advice?: SettingAdvice }
  | LearningFinding
  | { readonly kind: 'ended'; readonly message: string; readonly checkpoint: number | undefined }
  | { readonly kind: 'plateau'; readonly checks: number; readonly gain: number }
  | { readonly kind: 'ready-for-arcface'; readonly auc: number | undefined }
  | { readonly kind: 'data-bound'; readonly dataShare: number }
  | { readonly kind: 'memory'; readonly share: number; readonly advice?: SettingAdvice };

/** Rules of thumb; each is wide enough that a healthy run of the sample does not trip it. */
const rules = {
  windowSteps: 20,
  /** The recent loss is this many times the best one, and more than the run began with. */
  divergenceFactor: 2,
  /** Margins, in radians, that are compared as if they were one. */
  sameMargin: 0.01,
  plateauChecks: 3,
  plateauGain: 0.005,
  dataShare: 0.5,
  memoryShare: 0.9,
} as const;

/** All findings of a run, the most urgent first. */
export function findRunFindings(record: RunRecord, history: RunHistory, health: RunHealth): RunFinding[] {
  const checkpoint = history.checkpoints.at(-1);
  const broken = findNotFinite(record, history, checkpoint) ?? findDivergence(record, history, checkpoint);
  const found: (RunFinding | undefined)[] = [
    record.state === 'waiting' && health.kind === 'alive' ? { kind: 'starting' } : undefined,
    record.state === 'failed' && history.ending?.rule !== 'not-finite' ? { kind: 'failed', failure: record.failure } : undefined,
    health.kind === 'lost' ? { kind: 'lost', checkpoint } : undefined,
    health.kind === 'silent' ? { kind: 'silent', silentMs: health.silentMs, checkpoint } : undefined,
    broken,
    ...(broken ? [] : findLearningFindings(record, history)),
    findEnding(record, history),
    isOver(record, history) ? findReadiness(record, history) : findPlateau(record, history),
    findDataBound(history),
    findMemory(record, history),
  ];
  const isTold = (finding: RunFinding): boolean => !(isOver(record, history) && whileTraining.has(finding.kind));
  return found.filter((finding) => finding !== undefined).filter(isTold);
}

/** What can be helped only in a run that goes on. */
const whileTraining: ReadonlySet<RunFinding['kind']> = new Set(['data-bound', 'memory', 'memory-grows']);

/** Whether a run is finished, or followed by another one with another head. */
function isOver({ state }: RunRecord, { ending }: RunHistory): boolean {
  return state === 'finished' || ending?.rule === 'switch-head';
}

/** The rule that ended a run before its recipe did; that of a broken one is said with what broke it. */
function findEnding({ state }: RunRecord, { ending }: RunHistory): RunFinding | undefined {
  if (state !== 'finished' || !ending) return undefined;
  return { kind: 'ended', message: ending.message, checkpoint: ending.checkpoint };
}

/** By its steps; or by its ending, when not the loss but a gradient or a weight was no number. */
function findNotFinite({ recipe }: RunRecord, history: RunHistory, checkpoint: number | undefined): RunFinding | undefined {
  const index = history.column('loss').findIndex((loss) => !Number.isFinite(loss));
  const { ending } = history;
  if (index < 0 && ending?.rule !== 'not-finite') return undefined;
  const step = index < 0 ? ending?.step : history.column('step')[index];
  const margin = index < 0 ? history.last('margin') : history.column('margin')[index];
  return { kind: 'not-finite', what: index < 0 ? 'weights' : 'loss', step: step ?? 0, margin: margin ?? 0, checkpoint: ending?.checkpoint ?? checkpoint, ...rateAdvice(recipe, 'lower') };
}

function findDivergence({ recipe }: RunRecord, history: RunHistory, checkpoint: number | undefined): RunFinding | undefined {
  const loss = history.column('loss').subarray(marginSettledAt(history));
  const window = rules.windowSteps;
  if (loss.length < 3 * window) return undefined;
  const means = windowMeans(loss, window);
  const recent = means.at(-1) as number;
  const bestLoss = Math.min(...means);
  if (recent < rules.divergenceFactor * bestLoss || recent <= (means[0] as number)) return undefined;
  return { kind: 'diverged', step: history.last('step') as number, loss: recent, bestLoss, checkpoint, ...rateAdvice(recipe, 'lower') };
}

/** Index of the first step with about the margin of the last one: a loss that grows with its margin does not diverge. */
function marginSettledAt(history: RunHistory): number {
  const margins = history.column('margin');
  const last = margins.at(-1) ?? 0;
  let start = margins.length;
  while (start > 0 && Math.abs((margins[start - 1] as number) - last) <= rules.sameMargin) start--;
  return start;
}

function findPlateau(record: RunRecord, history: RunHistory): RunFinding | undefined {
  if (record.head !== 'softmax' || history.evaluations.length <= rules.plateauChecks) return undefined;
  const aucs = history.evaluations.map((event) => event.summary.auc);
  const before = Math.max(...aucs.slice(0, -rules.plateauChecks));
  const gain = Math.max(...aucs.slice(-rules.plateauChecks)) - before;
  return gain < rules.plateauGain ? { kind: 'plateau', checks: rules.plateauChecks, gain: Math.max(0, gain) } : undefined;
}

function findReadiness(record: RunRecord, history: RunHistory): RunFinding | undefined {
  if (record.head !== 'softmax' || record.state !== 'finished' || history.ending?.rule === 'switch-head') return undefined;
  return { kind: 'ready-for-arcface', auc: history.evaluations.at(-1)?.summary.auc };
}

function findDataBound(history: RunHistory): RunFinding | undefined {
  const dataShare = history.length < rules.windowSteps ? undefined : history.recentMean('dataShare', 50);
  return dataShare !== undefined && dataShare > rules.dataShare ? { kind: 'data-bound', dataShare } : undefined;
}

function findMemory(record: RunRecord, history: RunHistory): RunFinding | undefined {
  const share = (history.last('memoryBytes') ?? 0) / record.machine.memoryBytes;
  return share > rules.memoryShare ? { kind: 'memory', share, ...smallerBatchAdvice(record.recipe) } : undefined;
}
