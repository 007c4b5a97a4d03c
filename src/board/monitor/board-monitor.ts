import type { DisposableLike } from '../../base/disposable';
import { CancelledError, errorText, UserError } from '../../base/user-error';
import { BoardError } from '../board-error';
import type { Clock } from '../clock';
import type { PortClaim, PortOwners } from '../port/port-owners';
import type { Transport } from '../port/transport';
import { LineSplitter } from './line-splitter';

/** A line of the board. */
export interface MonitorLine {
  readonly text: string;
  /** When its end came. */
  readonly at: Date;
}

export interface MonitorOptions {
  readonly owners: PortOwners;
  readonly clock: Clock;
  /** Opens the port, at the monitor's rate; called again after each interruption. */
  open(path: string): Promise<Transport>;
  onLine(line: MonitorLine): void;
  /** `open` while lines come; otherwise why they do not, for the user to read. */
  onState(state: MonitorState): void;
  /** Time of a line; the machine's own by default. */
  now?: () => Date;
}

export type MonitorState =
  | { readonly kind: 'open' }
  /** Somebody else in this process has the port; it is taken again afterwards. */
  | { readonly kind: 'lent'; readonly purpose: string }
  /** It went away; it is tried again. */
  | { readonly kind: 'away'; readonly reason: string };

const prompt = { afterMs: 200 } as const;
/** A borrower takes the port in this time, before the monitor asks for it again. */
const lendingMs = 300;
const reclaimMs = 10 * 60_000;
const retryMs = 1000;

/**
 * Shows what a board says, line by line. It lends the port to whoever wants it in this process (a deploy) and takes it back afterwards, and
 * waits for a board that was unplugged.
 */
export class BoardMonitor {
  private transport: Transport | undefined;
  private stop = new AbortController();

  constructor(
    private readonly path: string,
    private readonly options: MonitorOptions,
  ) {}

  /**
   * Follows the board until `signal` is aborted, and lets go of the port.
   * @throws BoardError when the port cannot be opened the first time
   */
  async run(signal: AbortSignal): Promise<void> {
    this.stop = new AbortController();
    const end = (): void => this.stop.abort();
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    try {
      for (let first = true; !this.stop.signal.aborted; first = false) await this.followOnce(first);
    } catch (error) {
      if (!(error instanceof CancelledError)) throw error;
    } finally {
      signal.removeEventListener('abort', end);
    }
  }

  /** @throws BoardError when the port is not open at the moment */
  async send(line: string): Promise<void> {
    const { transport } = this;
    if (transport === undefined) throw new BoardError('K2-PORT-LOST', `${this.path} is not open at the moment.`, 'Wait until the monitor shows the board again.');
    await transport.write(Buffer.from(`${line}\r\n`), this.stop.signal);
  }

  private async followOnce(first: boolean): Promise<void> {
    const { owners, clock, onState, open } = this.options;
    let wanted = (_purpose: string): void => undefined;
    const lent = new Promise<string>((resolve) => (wanted = resolve));
    let claim: PortClaim | undefined;
    try {
      claim = await owners.claim(this.path, { purpose: 'the monitor', waitMs: first ? 0 : reclaimMs, signal: this.stop.signal, onWanted: wanted });
      this.transport = await open(this.path);
      onState({ kind: 'open' });
      const end = await this.follow(this.transport, lent);
      await this.close(claim);
      claim = undefined;
      if (end !== undefined) onState(end);
      await clock.sleep(end?.kind === 'lent' ? lendingMs : retryMs, this.stop.signal);
    } catch (error) {
      if (first || !(error instanceof UserError)) throw error;
      onState({ kind: 'away', reason: errorText(error) });
      await this.close(claim);
      claim = undefined;
      await clock.sleep(retryMs, this.stop.signal);
    } finally {
      await this.close(claim);
    }
  }

  /** Resolves when the port has to be given up, and says why; with nothing when the monitor is stopped. */
  private async follow(transport: Transport, lent: Promise<string>): Promise<MonitorState | undefined> {
    const splitter = new LineSplitter();
    const subscriptions: DisposableLike[] = [transport.onData((bytes) => this.receive(splitter, bytes))];
    const lost = new Promise<MonitorState>((resolve) => {
      subscriptions.push(transport.onLoss((loss) => resolve({ kind: 'away', reason: loss.kind === 'unplugged' ? loss.reason : 'it was closed' })));
    });
    const { signal } = this.stop;
    let end = (): void => undefined;
    const stopped = new Promise<undefined>((resolve) => (end = () => resolve(undefined)));
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    try {
      return await Promise.race([lost, stopped, lent.then((purpose): MonitorState => ({ kind: 'lent', purpose }))]);
    } finally {
      signal.removeEventListener('abort', end);
      subscriptions.forEach((subscription) => subscription.dispose());
      this.tell(splitter.flush());
    }
  }

  private receive(splitter: LineSplitter, bytes: Uint8Array): void {
    for (const line of splitter.push(bytes)) this.options.onLine({ text: line, at: this.now() });
    if (!splitter.hasOpenLine) return;
    // A prompt has no line end; it is shown when nothing follows.
    void this.options.clock.sleep(prompt.afterMs, this.stop.signal).then(() => this.tell(splitter.flush()), () => undefined);
  }

  private tell(text: string): void {
    if (text !== '') this.options.onLine({ text, at: this.now() });
  }

  private now(): Date {
    return this.options.now?.() ?? new Date();
  }

  private async close(claim: PortClaim | undefined): Promise<void> {
    const { transport } = this;
    this.transport = undefined;
    await transport?.close().catch(() => undefined);
    await claim?.release();
  }
}
