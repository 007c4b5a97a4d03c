import type { RunState } from './run';

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
  /** The job that run.lock names. */
  readonly holder: LockHolder | undefined;
  /** Since run.json was written last: a job that just started may not have its lock yet. */
  readonly recordAgeMs: number;
}

export interface LockHolder {
  /** Undefined when it runs on another machine. */
  readonly processExists: boolean | undefined;
  /** @see HeartbeatWatch */
  readonly heartbeatAgeMs: number;
}

export function judgeHealth({ state, holder, recordAgeMs }: HealthEvidence): RunHealth {
  if (!isActive(state)) return { kind: 'idle' };
  if (holder === undefined) return recordAgeMs > silentAfterMs ? { kind: 'lost' } : { kind: 'alive' };
  if (holder.processExists === false) return { kind: 'lost' };
  return holder.heartbeatAgeMs > silentAfterMs ? { kind: 'silent', silentMs: holder.heartbeatAgeMs } : { kind: 'alive' };
}

/**
 * How old heartbeats are to one who looks again and again. The clock of the machine that a job runs on may be ahead of the observer's or behind it: a
 * heartbeat that has changed is new whatever time it says. Only at first sight there is nothing but that time to go by.
 */
export class HeartbeatWatch {
  private readonly seen = new Map<string, { readonly heartbeatMs: number; readonly sinceMs: number; readonly ageMs: number }>();

  /**
   * @param run folder of the run
   * @param heartbeatMs as run.lock has it, by the clock of its machine
   * @param nowMs by the observer's
   */
  ageMs(run: string, heartbeatMs: number, nowMs: number): number {
    const before = this.seen.get(run);
    if (before?.heartbeatMs === heartbeatMs) return before.ageMs + nowMs - before.sinceMs;
    const ageMs = before === undefined ? Math.abs(nowMs - heartbeatMs) : 0;
    this.seen.set(run, { heartbeatMs, sinceMs: nowMs, ageMs });
    return ageMs;
  }
}

export function shownState(state: RunState, health: RunHealth): ShownState {
  return health.kind === 'silent' || health.kind === 'lost' ? health.kind : state;
}
