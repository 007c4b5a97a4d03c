import { stat } from 'node:fs/promises';
import type * as SerialLibrary from 'serialport';
import type { DisposableLike } from '../../base/disposable';
import { CancelledError, UserError, errorCode, throwIfCancelled } from '../../base/user-error';
import { LineListeners } from './line-listeners';
import { explainPortError, isLossError, isMissingLinesError, portLost } from './port-errors';
import { findPortHolder } from './port-holder';
import { SteadyPort, type SystemPort } from './steady-port';
import type { ControlLines, PortLoss, Transport } from './transport';

/** Limits of waits that should take milliseconds; a driver that hangs must not hang the product. */
const openLimitMs = 5000;
const smallStepLimitMs = 3000;
/** A write may take as long as its bytes on the wire, several times over, and this. */
const writeGraceMs = 15_000;
const wireFactor = 4;
const bitsPerByteOnWire = 10;
const deviceCheckMs = 1000;

type SystemBinding = typeof SerialLibrary.SerialPort.binding;

/** What the library knows of a port; every field but the path may be missing. */
export interface LibraryPort {
  readonly path: string;
  readonly manufacturer?: string | undefined;
  readonly serialNumber?: string | undefined;
  readonly pnpId?: string | undefined;
  readonly locationId?: string | undefined;
  readonly vendorId?: string | undefined;
  readonly productId?: string | undefined;
}

/** A serial port of this machine through the package `serialport`, which is loaded here and nowhere else, when it is needed. */
export class SerialPortTransport implements Transport {
  private readonly listeners = new LineListeners();
  private loss: PortLoss | undefined;
  private closing = false;

  private constructor(
    readonly path: string,
    private readonly port: SerialLibrary.SerialPort,
  ) {
    // Listening all the time: a port that nobody reads does not notice that its device is gone.
    port.on('data', (bytes: Buffer) => this.listeners.data(bytes));
    port.on('error', (error: Error) => this.noticeLoss(error));
    const watch = watchDevice(path, () => {
      this.lose({ kind: 'unplugged', reason: 'the device is gone' });
      void this.close();
    });
    port.on('close', (error: Error | null | undefined) => {
      watch.dispose();
      this.lose(this.closing ? { kind: 'closed' } : { kind: 'unplugged', reason: error?.message ?? 'the device is gone' });
    });
  }

  /**
   * Opens a port, 8N1 without flow control.
   * @throws UserError when the library does not work on this machine; BoardError K2-PORT-MISSING, K2-PORT-BUSY, K2-PORT-DENIED
   */
  static async open(path: string, baudRate: number): Promise<SerialPortTransport> {
    const { SerialPort: Port } = await loadLibrary();
    const settings = { path, baudRate, autoOpen: false, lock: true, hupcl: true, binding: steadyBinding(Port.binding) };
    const port = new Port(settings);
    try {
      await within(openLimitMs, path, (done) => port.open(done));
    } catch (error) {
      throw explainPortError(error, path, await findPortHolder(path));
    }
    return new SerialPortTransport(path, port);
  }

  get baudRate(): number {
    return this.port.baudRate;
  }

  async write(bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
    throwIfCancelled(signal, 'The upload');
    const limitMs = writeGraceMs + (wireFactor * bytes.length * bitsPerByteOnWire * 1000) / this.baudRate;
    await this.perform(limitMs, (done) => {
      this.port.write(Buffer.from(bytes), undefined, (error) => (error ? done(error) : this.port.drain(done)));
    }, signal);
  }

  onData(listener: (bytes: Uint8Array) => void): DisposableLike {
    return this.listeners.onData(listener);
  }

  onLoss(listener: (loss: PortLoss) => void): DisposableLike {
    return this.listeners.onLoss(listener);
  }

  async setBaudRate(baudRate: number): Promise<void> {
    await this.perform(smallStepLimitMs, (done) => this.port.update({ baudRate }, done));
  }

  async setLines({ dtr, rts }: ControlLines): Promise<'set' | 'unsupported'> {
    try {
      // Both always: a flag that is left out would be asserted.
      await this.perform(smallStepLimitMs, (done) => this.port.set({ dtr, rts, brk: false }, done));
      return 'set';
    } catch (error) {
      if (isMissingLinesError(error) || (error instanceof UserError && isMissingLinesError(error.cause))) return 'unsupported';
      throw error;
    }
  }

  async discardInput(): Promise<void> {
    await this.perform(smallStepLimitMs, (done) => this.port.flush(done));
  }

  async close(): Promise<void> {
    if (this.closing) return;
    this.closing = true;
    if (!this.port.isOpen) return;
    await within(smallStepLimitMs, this.path, (done) => this.port.close(done)).catch(() => undefined);
  }

  private async perform(limitMs: number, start: (done: (error?: Error | null) => void) => void, signal?: AbortSignal): Promise<void> {
    this.throwIfLost();
    try {
      await within(limitMs, this.path, start, signal);
    } catch (error) {
      if (error instanceof Error) this.noticeLoss(error);
      throw explainPortError(error, this.path);
    }
  }

  private noticeLoss(error: Error): void {
    if (isLossError(error)) this.lose({ kind: 'unplugged', reason: error.message });
  }

  private lose(loss: PortLoss): void {
    if (this.loss !== undefined) return;
    this.loss = loss;
    this.listeners.loss(loss);
  }

  private throwIfLost(): void {
    if (this.loss !== undefined) throw portLost(this.path, this.loss.kind === 'closed' ? 'it was closed' : this.loss.reason);
    if (this.closing) throw portLost(this.path, 'it was closed');
  }
}

/**
 * Looks whether the device file is still there. The library notices an unplugged device by a failing read, but a terminal whose other
 * side is gone may go on giving zero bytes, and then it reads for ever. (Windows has no such file.)
 */
function watchDevice(path: string, onGone: () => void): DisposableLike {
  if (process.platform === 'win32') return { dispose: () => undefined };
  const timer = setInterval(() => {
    stat(path).catch((error: unknown) => {
      if (errorCode(error) !== 'ENOENT') return;
      clearInterval(timer);
      onGone();
    });
  }, deviceCheckMs);
  timer.unref();
  return { dispose: () => clearInterval(timer) };
}

/** Ports as the library finds them; rejects where it needs a program that is missing (Linux without udevadm). */
export async function listLibraryPorts(): Promise<LibraryPort[]> {
  const { SerialPort: Port } = await loadLibrary();
  return Port.list();
}

async function loadLibrary(): Promise<typeof SerialLibrary> {
  try {
    return await import('serialport');
  } catch (error) {
    throw new UserError(
      `The serial port library does not work on ${process.platform} ${process.arch} (${error instanceof Error ? error.message.split('\n')[0] ?? '' : String(error)}).`,
      'Install the product again; on an unusual platform deploy from another machine.', { cause: error },
    );
  }
}

/** The system's ports, each made steady; the library takes it in place of its own. */
function steadyBinding(binding: SystemBinding): SystemBinding {
  const system = binding as unknown as { open(options: object): Promise<SystemPort> };
  return { ...binding, open: async (options: object) => new SteadyPort(await system.open(options)) } as unknown as SystemBinding;
}

/** Awaits a callback, for a limited time. */
function within(limitMs: number, path: string, start: (done: (error?: Error | null) => void) => void, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = (): void => settle(new CancelledError('The upload'));
    const timer = setTimeout(() => settle(portLost(path, `the driver did not answer within ${Math.round(limitMs)} ms`)), limitMs);
    const settle = (error?: Error | null): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
      if (error) reject(error);
      else resolve();
    };
    signal?.addEventListener('abort', cancel, { once: true });
    start(settle);
  });
}
