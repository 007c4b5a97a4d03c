import { throwIfCancelled } from '../../base/user-error';

/** Pictures that are read and decoded at the same time; libvips works on them in threads of its own. */
export const picturesAtOnce = 4;

/**
 * Calls `work` for `first` to `end - 1`, at most `picturesAtOnce` at a time.
 * @throws the first error of `work`, when all that had begun is over; CancelledError when `signal` is aborted
 */
export async function inParallel(first: number, end: number, signal: AbortSignal | undefined, work: (i: number) => Promise<void>): Promise<void> {
  let next = first;
  let hasFailed = false;
  const walk = async (): Promise<void> => {
    while (next < end && !hasFailed) {
      throwIfCancelled(signal, 'The audit');
      const i = next++;
      try {
        await work(i);
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }
  };
  const results = await Promise.allSettled(Array.from({ length: picturesAtOnce }, walk));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}
