import type { RunLock, RunState } from './run';

/** A heartbeat older than this means that the job does not answer (see `RunLock`). */
export const silentAfterMs = 20_000;

/** `idle`: no job works on the run. `silent`: a job that does not answer. `lost`: the job ended without saying so. */
export type RunHealth =
  | { readonly kind: 'idle' }
  | { readonly kind: 'alive' }
  | { readonly kind: 'silent'; readonly silentMs: number }
  | { readonly kind: 'lost' };

/** What a run's pill and icon show. */
export type ShownState = RunState | 'silent' | 'lost';

const activeStates: ReadonlySet<RunState> = new Set(['waiting', 'running', 'paused', 'stopping']);

export function isActive(state: RunState): boolean {
  return activeStates.has(state);
}

export interface HealthEvidence {
  readonly state: RunState;
  readonly lock: RunLock | undefined;
  /** Whether the lock's process exists; undefined when it runs on another machine. */
  readonly processExists: boolean | undefined;
  /** When run.json was written last: a job that just started may not have its lock yet. */
  readonly recordWrittenMs: number;
  readonly nowMs: number;
}

export function judgeHealth({ state, lock, processExists, recordWrittenMs, nowMs }: HealthEvidence): RunHealth {
  if (!isActive(state)) return { kind: 'idle' };
  if (lock === undefined) return nowMs - recordWrittenMs > silentAfterMs ? { kind: 'lost' } : { kind: 'alive' };
  if (processExists === false) return { kind: 'lost' };
  const silentMs = nowMs - lock.heartbeatMs;
  return silentMs > silentAfterMs ? { kind: 'silent', silentMs } : { kind: 'alive' };
}

export function shownState(state: RunState, health: RunHealth): ShownState {
  return health.kind === 'silent' || health.kind === 'lost' ? health.kind : state;
}
