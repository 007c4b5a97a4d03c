import { CancelledError } from '../../base/user-error';
import type { Clock } from '../clock';

interface Sleeper {
  readonly dueMs: number;
  readonly wake: () => void;
}

/**
 * A clock whose time is a number. `automatic`: as soon as nobody has anything to do at the present moment, time jumps to the moment
 * at which the next sleeper is due, so that waits of minutes take no time and their order is exact. `manual`: time moves by `advance` only.
 */
export class VirtualClock implements Clock {
  private timeMs = 0;
  /** Sorted by due time; equal times in the order in which they fell asleep. */
  private readonly sleepers: Sleeper[] = [];
  private turn: NodeJS.Immediate | undefined;

  constructor(private readonly mode: 'automatic' | 'manual' = 'automatic') {}

  nowMs(): number {
    return this.timeMs;
  }

  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(new CancelledError('The wait'));
        return;
      }
      const cancel = (): void => {
        this.sleepers.splice(this.sleepers.indexOf(sleeper), 1);
        reject(new CancelledError('The wait'));
      };
      const sleeper: Sleeper = {
        dueMs: this.timeMs + Math.max(0, durationMs),
        wake: () => {
          signal?.removeEventListener('abort', cancel);
          resolve();
        },
      };
      signal?.addEventListener('abort', cancel, { once: true });
      this.insert(sleeper);
      if (this.mode === 'automatic') this.planTurn();
    });
  }

  /** Lets `durationMs` pass and wakes everybody who is due on the way, each with time to act before the next. */
  async advance(durationMs: number): Promise<void> {
    const endMs = this.timeMs + durationMs;
    await nextTurn();
    while ((this.sleepers[0]?.dueMs ?? Infinity) <= endMs) {
      this.wakeNext();
      await nextTurn();
    }
    this.timeMs = endMs;
  }

  private planTurn(): void {
    this.turn ??= setImmediate(() => {
      this.turn = undefined;
      this.wakeNext();
      if (this.sleepers.length > 0) this.planTurn();
    });
  }

  private wakeNext(): void {
    const next = this.sleepers.shift();
    if (next === undefined) return;
    this.timeMs = next.dueMs;
    next.wake();
  }

  private insert(sleeper: Sleeper): void {
    let index = this.sleepers.length;
    while (index > 0 && (this.sleepers[index - 1]?.dueMs ?? 0) > sleeper.dueMs) index--;
    this.sleepers.splice(index, 0, sleeper);
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
