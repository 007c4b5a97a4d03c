import { crc32 } from 'node:zlib';
import { silentProgress, type ProgressReporter } from '../../base/progress';
import { CancelledError } from '../../base/user-error';
import { BoardError } from '../board-error';
import type { Clock } from '../clock';
import type { ControlLines, Transport } from '../port/transport';
import { BoardLink, BoardRestartedError } from './board-link';
import { changeRate, fastBaudRate, normalBaudRate } from './change-rate';
import { enterRawRepl, pulse } from './enter-repl';
import { FileJournal } from './file-journal';
import { installMain, checkMain, type InstalledMain, type MainProgram } from './main-program';
import { proofLimitMs, waitForProof } from './proof-line';
import { pythonString } from './python-text';
import { keys, RawRepl } from './raw-repl';
import { sendFile, type SendWatch, type SentFile } from './send-file';
import { SerialInbox } from './serial-inbox';
import { parseTargetPath, type TargetPath } from './target-path';

export interface DeployFileOptions {
  /** `/sd/...` or `/flash/...` on the board. */
  readonly path: string;
  /** Installed after the file, and started; its proof line is waited for. */
  readonly main?: MainProgram;
  /** Levels of DTR and RTS that restart the board, one list per wiring; tried in order. */
  readonly resets: readonly (readonly ControlLines[])[];
  /** Rate for the transfer where the firmware allows it; `normalBaudRate` to stay with that. */
  readonly baudRate?: number;
  readonly progress?: ProgressReporter;
  readonly signal?: AbortSignal;
  /** Something that the user should know at once. */
  readonly notice?: (sentence: string) => void;
  /** Told of every step, for a report. */
  readonly journal?: FileJournal;
  readonly watch?: FileDeployWatch;
}

export interface FileDeployment extends SentFile {
  readonly path: string;
  readonly bytes: number;
  readonly crc32: number;
  /** Rate of the transfer. */
  readonly baudRate: number;
  /** Pieces that had to be sent again. */
  readonly retries: number;
  /** Times that the board started anew on the way. */
  readonly restarts: number;
  readonly main?: InstalledMain;
  /** Whether the board has loaded the model; `untested` for files that are no model, or firmware without a KPU module. */
  readonly loads: { readonly kind: 'untested' } | { readonly kind: 'loaded'; readonly ms: number };
}

/** Who follows a deployment. */
export interface FileDeployWatch extends SendWatch {
  /** Told when RESET has to be pressed, and for how long that is waited for. */
  readonly onReset?: (limitMs: number) => void;
}

/** A board may start anew this often before it is given up. */
const restartLimit = 3;
/** The SD card is mounted up to 3 s after a reset. */
const mountLimitMs = 4000;
const mountPollMs = 250;
const answerLimitMs = 5000;
/** A model of 2 MiB from a slow card, and setting the KPU up. */
const loadLimitMs = 20_000;
const releaseLimitMs = 1000;

/**
 * Brings a file to a board that runs MicroPython (MaixPy or CanMV), proves by CRC-32 that it is there, lets the board load it where it is a
 * model, and restarts the board. Whatever happens, the board is left usable: at its prompt, or restarted.
 * @param transport open at 115200 baud; stays open and is at 115200 baud again afterwards
 * @throws BoardError named K2-REPL-..., K2-PORT-LOST; CancelledError, after which the next transfer goes on where this one stopped
 */
export async function deployFile(transport: Transport, clock: Clock, content: Uint8Array, options: DeployFileOptions): Promise<FileDeployment> {
  const { progress = silentProgress, signal, notice = () => undefined, main, journal = new FileJournal(), watch = {} } = options;
  const target = parseTargetPath(options.path);
  if (content.length === 0) throw new BoardError('K2-FILE', `The file for ${target.path} is empty.`, 'Convert the model again.');
  const inbox = new SerialInbox(transport, clock);
  const repl = new RawRepl(transport, inbox, clock, signal);
  const link = new BoardLink(repl);
  const session = new DeploySession(link, { ...options, notice, onReset: watch.onReset });
  journal.path = target.path;
  journal.totalBytes = content.length;
  try {
    journal.state = 'stop-program';
    watch.onStep?.('check', journal.state);
    progress.report({ label: 'Stopping the program on the board', done: 0, unit: 'bytes' });
    await session.begin(target);
    if (main) await session.surviving(() => checkMain(link, main));
    journal.state = 'change-rate';
    await session.accelerate(options.baudRate ?? fastBaudRate);
    const sent = await session.surviving(() => sendFile(link, target, content, progress, journal, watch));
    const { baudRate } = transport;
    journal.state = 'install-program';
    if (main) watch.onStep?.('verify', journal.state);
    const installed = main && (await session.surviving(() => installMain(link, main, progress, journal)));
    journal.state = 'load-model';
    const loaded = main === undefined && /\.[ks]?model$/.test(target.path) ? await session.surviving(() => testLoading(link, target)) : undefined;
    journal.state = 'restart';
    watch.onStep?.('reboot', journal.state);
    await session.restartBoard();
    journal.state = 'proof';
    if (main) watch.onStep?.('proof', journal.state);
    const ms = main ? await waitForProof(inbox, proofLimitMs, signal) : loaded;
    journal.state = 'done';
    return {
      ...sent, path: target.path, bytes: content.length, crc32: crc32(content), baudRate, retries: link.retries, restarts: session.restarts,
      ...(installed ? { main: installed } : {}), loads: ms === undefined ? { kind: 'untested' } : { kind: 'loaded', ms },
    };
  } catch (error) {
    // A program that was just started goes on when only the wait for its word is given up.
    journal.left = journal.state === 'proof' && error instanceof CancelledError ? 'restarted' : await session.release();
    throw error instanceof BoardRestartedError
      ? new BoardError('K2-REPL-NONE', `The board at ${transport.path} started anew or stopped answering ${restartLimit + 1} times.`, 'Its power may be too weak (try another cable or port), or its program resets it: press RESET and try again.', { cause: error })
      : error;
  } finally {
    inbox.dispose();
  }
}

/** The way in, out, and back in when the board starts anew. */
class DeploySession {
  restarts = 0;
  private target: TargetPath | undefined;

  constructor(
    private readonly link: BoardLink,
    private readonly options: Pick<DeployFileOptions, 'resets'> & { notice(sentence: string): void; onReset?: ((limitMs: number) => void) | undefined },
  ) {}

  async begin(target: TargetPath): Promise<void> {
    this.target = target;
    if (target.volume === 'flash') this.options.notice('/flash is small, slow and wears out; for a model an SD card (/sd/...) or a flash address (--address) is better.');
    await this.enterPatiently();
  }

  /** Runs `work`; when the board starts anew meanwhile, takes it over again and repeats `work`. */
  async surviving<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof BoardRestartedError) || this.restarts >= restartLimit) throw error;
        this.restarts++;
        await this.link.repl.transport.setBaudRate(normalBaudRate);
        await this.enterPatiently();
      }
    }
  }

  /** Changes the rate for the transfer; a board that cannot stays as it is. */
  async accelerate(baudRate: number): Promise<void> {
    if (baudRate === normalBaudRate) return;
    try {
      await changeRate(this.link, baudRate);
    } catch (error) {
      if (!(error instanceof BoardRestartedError)) throw error;
      await this.link.repl.transport.setBaudRate(normalBaudRate);
      await this.enterPatiently();
    }
  }

  /** Starts what is on the board: by its control lines, or where there are none by a soft reset. */
  async restartBoard(): Promise<void> {
    const { repl } = this.link;
    await this.toNormalRate();
    repl.inbox.discard();
    for (const steps of this.options.resets) {
      if (!(await pulse(repl, steps))) break;
      if ((await repl.inbox.readUntil(/\S/, releaseLimitMs, repl.signal)) !== undefined) return;
    }
    await repl.write(keys.normalMode + keys.execute);
  }

  /** Leaves the board at its prompt, at its own rate, whatever state it is in; never throws and never waits long. Gives how it was left. */
  async release(): Promise<NonNullable<FileJournal['left']>> {
    const { transport, inbox } = this.link.repl;
    const repl = this.link.repl.uninterruptible();
    try {
      if (transport.baudRate !== normalBaudRate) await new DeploySession(new BoardLink(repl), this.options).toNormalRate();
      inbox.discard();
      await repl.write(keys.interrupt + keys.interrupt + keys.normalMode);
      if ((await inbox.readUntil(/>>> $/, releaseLimitMs)) !== undefined) return 'prompt';
      let isPulsed = false;
      for (const steps of this.options.resets) {
        isPulsed = await pulse(repl, steps);
        if (!isPulsed) break;
      }
      return isPulsed ? 'restarted' : 'unreached';
    } catch {
      // The port is gone: nothing can be left in a better state.
      return 'unreached';
    }
  }

  private async toNormalRate(): Promise<void> {
    const { transport } = this.link.repl;
    if (transport.baudRate === normalBaudRate) return;
    try {
      if (await this.link.repl.resync()) await changeRate(this.link, normalBaudRate);
    } catch {
      // A reset that follows brings the board's own rate back as well.
    }
    if (transport.baudRate !== normalBaudRate) await transport.setBaudRate(normalBaudRate);
  }

  /** A board that has just started anew may need a second attempt. */
  private async enterPatiently(): Promise<void> {
    try {
      await this.enter();
    } catch (error) {
      if (!(error instanceof BoardRestartedError)) throw error;
      await this.enter();
    }
  }

  private async enter(): Promise<void> {
    const how = await enterRawRepl(this.link.repl, this.options);
    await this.link.setUp();
    await this.checkVolume(how === 'reset' || this.restarts > 0);
  }

  private async checkVolume(justStarted: boolean): Promise<void> {
    const { repl } = this.link;
    const endMs = repl.clock.nowMs() + (justStarted ? mountLimitMs : 0);
    for (;;) {
      const mounted = await this.link.ask(`_kp(${pythonString(this.target?.volume ?? '')} in uos.listdir('/'))`, answerLimitMs, 'looking for the SD card');
      if (mounted === 'True') return;
      if (repl.clock.nowMs() >= endMs) break;
      await repl.clock.sleep(mountPollMs, repl.signal);
    }
    throw this.target?.volume === 'sd'
      ? new BoardError('K2-REPL-NOSD', 'The board sees no SD card.', 'Put in a card (FAT32, up to 32 GB), reset the board, and try again; or deploy to a flash address (--address).')
      : new BoardError('K2-REPL-PY', 'The board has no /flash.', 'Its firmware is not MaixPy or CanMV: deploy to a flash address (--address).');
  }
}

/** Lets the firmware load the model and gives the milliseconds that took; undefined where it has no KPU module. */
async function testLoading(link: BoardLink, { path }: TargetPath): Promise<number | undefined> {
  const name = pythonString(path);
  const answer = await link.ask(
    `import utime
_ka=utime.ticks_ms()
try:
 try:
  import KPU as _kk
  _kk.deinit(_kk.load(${name}))
 except ImportError:
  from maix import KPU as _kk
  _kk=_kk()
  _kk.load_kmodel(${name})
  _kk.deinit()
 _kp(utime.ticks_diff(utime.ticks_ms(),_ka))
except ImportError:
 _kp('none')
except Exception as e:
 _kp('no '+str(e).replace('~','-'))`,
    loadLimitMs, `loading ${path}`,
  );
  if (answer === 'none') return undefined;
  if (answer.startsWith('no ')) throw new BoardError('K2-REPL-PROOF', `${path} is on the board and verified, but the board does not load it: ${answer.slice(3)}`, 'If it is out of memory, use a smaller network or the firmware without the IDE ("minimum"); if it refuses the file, update its firmware.');
  return Number(answer);
}
