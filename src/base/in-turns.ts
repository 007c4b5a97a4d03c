import { setImmediate } from 'node:timers/promises';
import { throwIfCancelled } from './user-error';

/** Milliseconds of work after which others have their turn: short enough for Ctrl+C, long enough to cost nothing. */
const turnMs = 50;

export interface TurnOptions {
  readonly signal?: AbortSignal | undefined;
  /** What a CancelledError calls the work. */
  readonly what?: string;
}

/**
 * Runs a long computation step by step, and lets timers, signals and messages have their turn in between.
 * @throws CancelledError when `signal` is aborted
 */
export async function inTurns<T>(steps: Generator<unknown, T>, { signal, what }: TurnOptions = {}): Promise<T> {
  let turnStart = performance.now();
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (performance.now() - turnStart < turnMs) continue;
    await setImmediate();
    throwIfCancelled(signal, what);
    turnStart = performance.now();
  }
}

/** Runs a computation step by step without a pause. */
export function atOnce<T>(steps: Generator<unknown, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
