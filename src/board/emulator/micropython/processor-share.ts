/** Of the time that a thread computes the system may count less: it does so in ticks of up to 16 ms. */
const countedShare = 0.5;
/** For how long a machine may withhold its processor before that is no longer waited for. */
const withheldLimitMs = 60_000;

/** Tells a thread that computes on from one that only waits for a processor, which a busy machine gives to others. Both look alike to whoever waits for it. */
export class ProcessorShare {
  private waitedMs = 0;
  private computedMs = 0;
  private withheldMs = 0;

  /** @param grantedMs for how long the thread is to compute */
  constructor(private grantedMs: number) {}

  /** It is to compute for `durationMs` more. */
  grant(durationMs: number): void {
    this.grantedMs = durationMs;
    this.waitedMs = 0;
    this.computedMs = 0;
  }

  /**
   * It was waited for.
   * @param waitedMs real time
   * @param computedMs processor time of all threads of this process meanwhile, without that of the one that waits
   */
  count(waitedMs: number, computedMs: number): void {
    const hadMs = Math.min(computedMs, waitedMs);
    this.waitedMs += waitedMs;
    this.computedMs += hadMs;
    this.withheldMs += waitedMs - hadMs;
  }

  /** Real time that what was granted takes at least, from now on. */
  get leftMs(): number {
    return Math.max(0, this.grantedMs - this.waitedMs);
  }

  /** Whether it has not had what was granted. Never for longer than a minute in all: it may wait for something that does not come. */
  get isOwed(): boolean {
    if (this.withheldMs >= withheldLimitMs) return false;
    return this.waitedMs < this.grantedMs || this.computedMs < countedShare * this.grantedMs;
  }
}
