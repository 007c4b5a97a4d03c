/** Time as the board code sees it: the machine's, or a test's that only moves when it is told to. */
export interface Clock {
  /** Milliseconds since an arbitrary start; never goes back. */
  nowMs(): number;
  /**
   * Resolves after `durationMs`.
   * @throws CancelledError as soon as `signal` is aborted
   */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}
