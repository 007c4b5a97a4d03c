import type { DisposableLike } from '../../base/disposable';

/** Levels of the control lines; `true` is asserted, which is a low level at the pin (k210-serial.md, section 1.5). */
export interface ControlLines {
  readonly dtr: boolean;
  readonly rts: boolean;
}

/** Why a port closed by itself. */
export type PortLoss = { readonly kind: 'unplugged'; readonly reason: string } | { readonly kind: 'closed' };

/**
 * An open serial line, 8N1 without flow control, whatever carries it: a port of the machine, a pseudo-terminal, or memory in a test.
 * Whoever opened it owns it and closes it.
 */
export interface Transport {
  /** As the user names it, such as `/dev/ttyUSB0`. */
  readonly path: string;
  /** Bits per second. */
  readonly baudRate: number;
  /**
   * Resolves when the bytes have left the buffers of this machine, as far as the driver can tell.
   * @throws UserError when the port is lost; CancelledError, after which an unknown part was sent
   */
  write(bytes: Uint8Array, signal?: AbortSignal): Promise<void>;
  onData(listener: (bytes: Uint8Array) => void): DisposableLike;
  onLoss(listener: (loss: PortLoss) => void): DisposableLike;
  /** @throws UserError when the port refuses the rate or is lost */
  setBaudRate(baudRate: number): Promise<void>;
  /** `unsupported` where the port has no such lines, as a pseudo-terminal. */
  setLines(lines: ControlLines): Promise<'set' | 'unsupported'>;
  /** Forgets what arrived and nobody read. */
  discardInput(): Promise<void>;
  /** Lets go of the port; may be called twice. */
  close(): Promise<void>;
}
