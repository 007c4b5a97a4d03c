/** Lets the runs of a session take turns, and frees the session once it is closed and the last of them has ended. */
export class RunQueue {
  private last: Promise<unknown> = Promise.resolve();
  private pendingRuns = 0;
  private isClosed = false;

  /** @param free called once */
  constructor(private readonly free: () => void) {}

  /** Starts `run` when those before it have ended, however they ended. */
  add<T>(run: () => Promise<T>): Promise<T> {
    if (this.isClosed) return Promise.reject(new Error('The session is closed'));
    this.pendingRuns++;
    const result = this.last.then(run).finally(() => {
      this.pendingRuns--;
      if (this.isClosed && this.pendingRuns === 0) this.free();
    });
    this.last = result.catch(() => undefined);
    return result;
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    if (this.pendingRuns === 0) this.free();
  }
}
