import { CancelledError } from '../base/user-error';
import type { Clock } from './clock';

/** Something that one waiter waits for: bytes of a board, or the loss of its port. */
export class Arrival {
  private wake: (() => void) | undefined;

  constructor(private readonly clock: Clock) {}

  /** Ends the wait of `within`, if there is one. */
  happened(): void {
    this.wake?.();
  }

  /** Resolves when it happens, the time is over, or `signal` is aborted; the caller looks which. */
  async within(limitMs: number, signal: AbortSignal | undefined): Promise<void> {
    const stop = new AbortController();
    const arrived = new Promise<void>((resolve) => (this.wake = resolve));
    const cancel = (): void => this.wake?.();
    signal?.addEventListener('abort', cancel, { once: true });
    const timeout = this.clock.sleep(limitMs, stop.signal).catch((error: unknown) => {
      if (!(error instanceof CancelledError)) throw error;
    });
    try {
      await Promise.race([arrived, timeout]);
    } finally {
      this.wake = undefined;
      signal?.removeEventListener('abort', cancel);
      stop.abort();
    }
  }
}
