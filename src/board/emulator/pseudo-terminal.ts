import { closeSync, constants, openSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { load } from 'koffi';
import type { DisposableLike } from '../../base/disposable';
import { UserError } from '../../base/user-error';

/** More than any `struct termios`, whose layout differs between systems and is not looked into. */
const termiosBytes = 256;
const setNow = 0;
/** What a board says while nobody reads is lost beyond this, as on a real line. */
const unreadLimitBytes = 256 * 1024;

/**
 * A pseudo-terminal: whatever program opens `path` finds a serial port there, with this object at the other end. Echo and line editing
 * are off from the start. It has no control lines and takes every baud rate.
 */
export class PseudoTerminal implements DisposableLike {
  private closed = false;

  private constructor(
    readonly path: string,
    private readonly stream: ReadStream,
    /** Held open, so that a client may come and go without an end of the stream for this side. */
    private readonly heldDescriptor: number,
    onData: (bytes: Uint8Array) => void,
  ) {
    stream.on('data', onData);
    // What is lost with a client that closed in the middle of something.
    stream.on('error', () => undefined);
  }

  /** @throws UserError where the system has no pseudo-terminals or no more of them */
  static open(onData: (bytes: Uint8Array) => void): PseudoTerminal {
    const c = pseudoTerminalFunctions();
    const master = c.posix_openpt(constants.O_RDWR | constants.O_NOCTTY);
    const path = master >= 0 && c.grantpt(master) === 0 && c.unlockpt(master) === 0 ? c.ptsname(master) : null;
    if (path === null) {
      if (master >= 0) closeSync(master);
      throw new UserError('The system gave no pseudo-terminal.', 'Close some terminals, or check that /dev/pts is mounted.');
    }
    const held = openSync(path, constants.O_RDWR | constants.O_NOCTTY);
    const settings = new Uint8Array(termiosBytes);
    c.tcgetattr(held, settings);
    c.cfmakeraw(settings);
    c.tcsetattr(held, setNow, settings);
    return new PseudoTerminal(path, new ReadStream(master), held, onData);
  }

  send(bytes: Uint8Array): void {
    if (!this.closed && this.stream.writableLength < unreadLimitBytes) this.stream.write(bytes);
  }

  dispose(): void {
    if (this.closed) return;
    this.closed = true;
    this.stream.destroy();
    closeSync(this.heldDescriptor);
  }
}

interface PseudoTerminalFunctions {
  posix_openpt(flags: number): number;
  grantpt(descriptor: number): number;
  unlockpt(descriptor: number): number;
  ptsname(descriptor: number): string | null;
  tcgetattr(descriptor: number, settings: Uint8Array): number;
  cfmakeraw(settings: Uint8Array): void;
  tcsetattr(descriptor: number, when: number, settings: Uint8Array): number;
}

/** POSIX, stdlib.h and termios.h. */
function pseudoTerminalFunctions(): PseudoTerminalFunctions {
  if (process.platform === 'win32') throw new UserError('Windows has no pseudo-terminals for a virtual board.', 'Use Linux, macOS or WSL.');
  const c = load(null);
  return {
    posix_openpt: c.func('int posix_openpt(int flags)'),
    grantpt: c.func('int grantpt(int descriptor)'),
    unlockpt: c.func('int unlockpt(int descriptor)'),
    ptsname: c.func('const char *ptsname(int descriptor)'),
    tcgetattr: c.func('int tcgetattr(int descriptor, void *settings)'),
    cfmakeraw: c.func('void cfmakeraw(void *settings)'),
    tcsetattr: c.func('int tcsetattr(int descriptor, int when, void *settings)'),
  };
}
