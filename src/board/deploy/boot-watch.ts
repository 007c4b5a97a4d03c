import type { DisposableLike } from '../../base/disposable';
import { throwIfCancelled } from '../../base/user-error';
import { Arrival } from '../arrival';
import type { Clock } from '../clock';
import type { Transport } from '../port/transport';

/** What a board said after it was started. */
export interface BootOutcome {
  /**
   * `ready`: its program says that the model is loaded. `failed`: it says that it is not. `prompt`: it waits at MicroPython's prompt, no
   * program runs. `silent`: it says nothing (any more).
   */
  readonly kind: 'ready' | 'failed' | 'prompt' | 'silent';
  /** Time that loading the model took on the board, as it says. */
  readonly loadMs?: number;
  /** Last lines of what it said. */
  readonly said: string;
}

const textLimit = 16 * 1024;
const saidLimit = 400;
/** A board that says nothing for so long has no more to say. */
const silenceLimitMs = 5000;
const promptSilenceMs = 500;
/** A firmware that is no MicroPython runs no program of ours; its first lines are enough. */
const otherFirmwareMs = 2500;
const micropythonPattern = /MicroPython|MaixPy|CanMV|\{"k2":/u;
const readyPattern = /\{"k2":\s*"ready"[^\n{}]*\}/u;
const loadTimePattern = /"ms":\s*(\d+(?:\.\d+)?)/u;
const failurePattern = /Traceback[^]*?\n(?:\w*(?:Error|Exception)[^\r\n]*)\r?\n|load error:?[^\r\n]*\r?\n/u;
const promptPattern = />>> $/u;

/** Listens from before the board is started, so that nothing it says is missed. */
export class BootWatch implements DisposableLike {
  private text = '';
  private lastMs: number;
  private isLost = false;
  private readonly arrival: Arrival;
  private readonly subscriptions: readonly DisposableLike[];

  constructor(
    transport: Transport,
    private readonly clock: Clock,
  ) {
    this.lastMs = clock.nowMs();
    this.arrival = new Arrival(clock);
    this.subscriptions = [
      transport.onData((bytes) => {
        this.text = (this.text + Buffer.from(bytes).toString('latin1')).slice(-textLimit);
        this.lastMs = clock.nowMs();
        this.arrival.happened();
      }),
      transport.onLoss(() => {
        this.isLost = true;
        this.arrival.happened();
      }),
    ];
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  /** Forgets what came before the board was started. */
  start(): void {
    this.text = '';
    this.lastMs = this.clock.nowMs();
  }

  /** Waits until the board has said how it stands, falls silent, or `limitMs` are over. @throws CancelledError */
  async outcome(limitMs: number, signal?: AbortSignal): Promise<BootOutcome> {
    const startMs = this.clock.nowMs();
    const endMs = startMs + limitMs;
    for (;;) {
      const now = this.clock.nowMs();
      const atPrompt = promptPattern.test(this.text);
      const mayComeMs = micropythonPattern.test(this.text) || this.text === '' ? endMs : Math.min(endMs, startMs + otherFirmwareMs);
      const waitMs = Math.min(mayComeMs, this.lastMs + (atPrompt ? promptSilenceMs : silenceLimitMs)) - now;
      const said = this.text.replace(/[^ -~\r\n\t]/gu, '').trim().slice(-saidLimit);
      const ready = readyPattern.exec(this.text)?.[0];
      if (ready !== undefined) {
        const loadMs = loadTimePattern.exec(ready)?.[1];
        return { kind: 'ready', said, ...(loadMs === undefined ? {} : { loadMs: Number(loadMs) }) };
      }
      if (failurePattern.test(this.text)) return { kind: 'failed', said };
      if (waitMs <= 0 || this.isLost) return { kind: atPrompt ? 'prompt' : 'silent', said };
      await this.arrival.within(waitMs, signal);
      throwIfCancelled(signal, 'The wait for the board');
    }
  }

}
