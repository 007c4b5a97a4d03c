import type { ProgressReporter } from '../../base/progress';
import type { Clock } from '../clock';

/** Seconds of writing after which the rest can be estimated. */
const leastMs = 500;

/** Turns the bytes of an upload into progress with the time left. What need not be written counts as done, but not for the rate. */
export class UploadProgress {
  private settled = 0;
  private inFlight = 0;
  private written = 0;
  private writingMs = 0;
  private blockStartMs: number;

  constructor(
    private readonly reporter: ProgressReporter,
    private readonly clock: Clock,
    private readonly label: string,
    private readonly totalBytes: number,
  ) {
    this.blockStartMs = clock.nowMs();
  }

  startBlock(): void {
    this.inFlight = 0;
    this.blockStartMs = this.clock.nowMs();
  }

  /** @param bytes on the wire of the block that is being written, `blockBytes` long */
  sent(bytes: number, blockBytes: number): void {
    this.inFlight = Math.min(blockBytes, this.inFlight + bytes);
    this.report();
  }

  endBlock(bytes: number, outcome: 'written' | 'skipped'): void {
    this.inFlight = 0;
    this.settled += bytes;
    if (outcome === 'written') {
      this.written += bytes;
      this.writingMs += this.clock.nowMs() - this.blockStartMs;
    }
    this.report();
  }

  private report(): void {
    const done = Math.min(this.totalBytes, this.settled + this.inFlight);
    this.reporter.report({ label: this.label, done, total: this.totalBytes, unit: 'bytes', ...this.speed(this.totalBytes - done) });
  }

  private speed(leftBytes: number): { readonly perSecond?: number; readonly detail?: string } {
    if (this.writingMs < leastMs) return {};
    const bytesPerMs = this.written / this.writingMs;
    return { perSecond: bytesPerMs * 1000, detail: `${bytesPerMs.toFixed(1)} kB/s, at most ${Math.ceil(leftBytes / bytesPerMs / 1000)} s left` };
  }
}
