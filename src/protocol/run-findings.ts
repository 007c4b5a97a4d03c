import type { RunHistory } from './run-history';
import type { RunHealth } from './run-health';
import type { RunRecord } from './run';

/** Something about a run that a person should know, with its numbers; the host puts it into words. */
export type RunFinding =
  | { readonly kind: 'starting' }
  | { readonly kind: 'failed'; readonly failure: string | undefined }
  | { readonly kind: 'lost'; readonly checkpoint: number | undefined }
  | { readonly kind: 'silent'; readonly silentMs: number; readonly checkpoint: number | undefined }
  | { readonly kind: 'not-finite'; readonly step: number; readonly margin: number; readonly checkpoint: number | undefined }
  | { readonly kind: 'diverged'; readonly step: number; readonly loss: number; readonly bestLoss: number; readonly checkpoint: number | undefined }
  | { readonly kind: 'dead'; readonly people: number; readonly loss: number; readonly steps: number }
  | { readonly kind: 'plateau'; readonly checks: number; readonly gain: number }
  | { readonly kind: 'ready-for-arcface'; readonly auc: number | undefined }
  | { readonly kind: 'data-bound'; readonly dataShare: number }
  | { readonly kind: 'memory'; readonly share: number };

/** Rules of thumb; each is wide enough that a healthy run of the sample does not trip it. */
const rules = {
  windowSteps: 20,
  /** The recent loss is this many times the best one, and more than the run began with. */
  divergenceFactor: 2,
  deadSteps: 300,
  /** Relative distance from ln(people), the loss of guessing. */
  deadTolerance: 0.02,
  plateauChecks: 3,
  plateauGain: 0.005,
  dataShare: 0.5,
  memoryShare: 0.9,
} as const;

/** All findings of a run, the most urgent first. */
export function findRunFindings(record: RunRecord, history: RunHistory, health: RunHealth): RunFinding[] {
  const checkpoint = history.checkpoints.at(-1);
  const found: (RunFinding | undefined)[] = [
    record.state === 'waiting' && health.kind === 'alive' ? { kind: 'starting' } : undefined,
    record.state === 'failed' ? { kind: 'failed', failure: record.failure } : undefined,
    health.kind === 'lost' ? { kind: 'lost', checkpoint } : undefined,
    health.kind === 'silent' ? { kind: 'silent', silentMs: health.silentMs, checkpoint } : undefined,
    findNotFinite(history, checkpoint) ?? findDivergence(history, checkpoint) ?? findDeadLoss(record, history),
    findPlateau(record, history) ?? findReadiness(record, history),
    findDataBound(history),
    findMemory(record, history),
  ];
  return found.filter((finding) => finding !== undefined);
}

function findNotFinite(history: RunHistory, checkpoint: number | undefined): RunFinding | undefined {
  const index = history.column('loss').findIndex((loss) => !Number.isFinite(loss));
  if (index < 0) return undefined;
  const step = history.column('step')[index] as number;
  const margin = history.column('margin')[index] as number;
  return { kind: 'not-finite', step, margin, checkpoint };
}

function findDivergence(history: RunHistory, checkpoint: number | undefined): RunFinding | undefined {
  const loss = history.column('loss');
  const window = rules.windowSteps;
  if (loss.length < 3 * window) return undefined;
  const means = windowMeans(loss, window);
  const recent = means.at(-1) as number;
  const bestLoss = Math.min(...means);
  if (recent < rules.divergenceFactor * bestLoss || recent <= (means[0] as number)) return undefined;
  return { kind: 'diverged', step: history.last('step') as number, loss: recent, bestLoss, checkpoint };
}

/** Means of consecutive, full windows, counted back from the end. */
function windowMeans(values: Float64Array, window: number): number[] {
  const means: number[] = [];
  for (let start = values.length % window; start < values.length; start += window) {
    means.push(values.subarray(start, start + window).reduce((sum, value) => sum + value, 0) / window);
  }
  return means;
}

function findDeadLoss(record: RunRecord, history: RunHistory): RunFinding | undefined {
  if (record.head !== 'softmax' || history.length < rules.deadSteps) return undefined;
  const loss = history.recentMean('loss', rules.deadSteps) as number;
  const guessing = Math.log(record.identities);
  if (Math.abs(loss - guessing) > rules.deadTolerance * guessing) return undefined;
  return { kind: 'dead', people: record.identities, loss, steps: rules.deadSteps };
}

function findPlateau(record: RunRecord, history: RunHistory): RunFinding | undefined {
  if (record.head !== 'softmax' || history.evaluations.length <= rules.plateauChecks) return undefined;
  const aucs = history.evaluations.map((event) => event.summary.auc);
  const before = Math.max(...aucs.slice(0, -rules.plateauChecks));
  const gain = Math.max(...aucs.slice(-rules.plateauChecks)) - before;
  return gain < rules.plateauGain ? { kind: 'plateau', checks: rules.plateauChecks, gain: Math.max(0, gain) } : undefined;
}

function findReadiness(record: RunRecord, history: RunHistory): RunFinding | undefined {
  if (record.head !== 'softmax' || record.state !== 'finished') return undefined;
  return { kind: 'ready-for-arcface', auc: history.evaluations.at(-1)?.summary.auc };
}

function findDataBound(history: RunHistory): RunFinding | undefined {
  const dataShare = history.length < rules.windowSteps ? undefined : history.recentMean('dataShare', 50);
  return dataShare !== undefined && dataShare > rules.dataShare ? { kind: 'data-bound', dataShare } : undefined;
}

function findMemory(record: RunRecord, history: RunHistory): RunFinding | undefined {
  const share = (history.last('memoryBytes') ?? 0) / record.machine.memoryBytes;
  return share > rules.memoryShare ? { kind: 'memory', share } : undefined;
}
