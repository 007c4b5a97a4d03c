import type { RunHistory } from './run-history';
import type { RunRecord } from './run';

export interface RunProgress {
  /** The last step done, counted from the first ancestor. */
  readonly step: number;
  /** Share of this run's own steps that are done, 0..1. */
  readonly share: number;
  /** Mean over the recent steps; absent before the second step. */
  readonly stepMs?: number;
  /** Absent while there is nothing to estimate it from. */
  readonly remainingMs?: number;
}

/** Steps that the estimate looks back over: enough to even out evaluations, few enough to follow a changed load. */
const recentSteps = 100;

export function runProgress(record: Pick<RunRecord, 'firstStep' | 'lastStep'>, history: RunHistory): RunProgress {
  const step = history.last('step') ?? record.firstStep;
  const total = record.lastStep - record.firstStep;
  const share = total > 0 ? Math.min(1, Math.max(0, (step - record.firstStep) / total)) : 0;
  const stepMs = recentStepMs(history);
  if (stepMs === undefined) return { step, share };
  return { step, share, stepMs, remainingMs: Math.max(0, record.lastStep - step) * stepMs };
}

function recentStepMs(history: RunHistory): number | undefined {
  const steps = history.column('step').subarray(-recentSteps);
  const elapsed = history.column('elapsedMs').subarray(-recentSteps);
  const first = steps[0];
  const last = steps.at(-1);
  if (first === undefined || last === undefined || last <= first) return undefined;
  return ((elapsed.at(-1) as number) - (elapsed[0] as number)) / (last - first);
}
