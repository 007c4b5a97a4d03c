import type { DisposableLike } from '../../base/disposable';
import { throwIfCancelled } from '../../base/user-error';
import { BoardError } from '../board-error';
import { Arrival } from '../arrival';
import type { Clock } from '../clock';
import type { Transport } from '../port/transport';

/** Unread bytes that are kept at most: a board that floods the line must not fill the memory. */
const unreadLimit = 128 * 1024;
/** What a report shows of the end of the conversation. */
const lastBytesLimit = 256;

/** What has arrived on a line and nobody has read yet, as one character per byte; every wait for more ends. */
export class SerialInbox implements DisposableLike {
  private unread = '';
  private last = '';
  private lost: BoardError | undefined;
  private readonly arrival: Arrival;
  private readonly subscriptions: readonly DisposableLike[];

  constructor(
    transport: Transport,
    private readonly clock: Clock,
  ) {
    this.arrival = new Arrival(clock);
    this.subscriptions = [
      transport.onData((bytes) => this.receive(Buffer.from(bytes).toString('latin1'))),
      transport.onLoss((loss) => {
        const reason = loss.kind === 'unplugged' ? loss.reason : 'it was closed';
        this.lost = new BoardError('K2-PORT-LOST', `${transport.path} was lost (${reason}).`, 'Check cable and power, then run the same command again: it continues where it stopped.');
        this.arrival.happened();
      }),
    ];
  }

  /** The last 256 bytes that came, read or not: for reports. */
  get lastBytes(): string {
    return this.last;
  }

  /** Forgets what nobody has read. */
  discard(): void {
    this.unread = '';
  }

  /** Takes everything unread. */
  takeAll(): string {
    const all = this.unread;
    this.unread = '';
    return all;
  }

  /**
   * Resolves with the text up to the end of the first match, which is then read; what follows stays.
   * @returns undefined when `limitMs` passed without a match; then nothing was read
   * @throws BoardError when the port is lost; CancelledError when `signal` is aborted
   */
  async readUntil(pattern: RegExp, limitMs: number, signal?: AbortSignal): Promise<string | undefined> {
    const endMs = this.clock.nowMs() + limitMs;
    for (;;) {
      throwIfCancelled(signal);
      const match = pattern.exec(this.unread);
      if (match) {
        const end = match.index + match[0].length;
        const text = this.unread.slice(0, end);
        this.unread = this.unread.slice(end);
        return text;
      }
      if (this.lost) throw this.lost;
      const leftMs = endMs - this.clock.nowMs();
      if (leftMs <= 0) return undefined;
      await this.arrival.within(leftMs, signal);
    }
  }

  dispose(): void {
    this.subscriptions.forEach((subscription) => subscription.dispose());
  }

  private receive(text: string): void {
    this.unread = (this.unread + text).slice(-unreadLimit);
    this.last = (this.last + text).slice(-lastBytesLimit);
    this.arrival.happened();
  }
}
