import { setTimeout as wait } from 'node:timers/promises';
import { CancelledError } from '../base/user-error';
import type { Clock } from './clock';

/** The machine's own time. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  sleep: (durationMs, signal) =>
    wait(durationMs, undefined, signal === undefined ? {} : { signal }).catch((error: unknown) => {
      throw signal?.aborted === true ? new CancelledError('The wait') : error;
    }),
};
