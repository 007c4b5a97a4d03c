import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { load } from 'koffi';
import type { DisposableLike } from '../../base/disposable';
import { UserError, errorCode } from '../../base/user-error';

/** More than any `struct termios`, whose layout differs between systems and is not looked into. */
const termiosBytes = 256;
const setNow = 0;
/** Command of `fcntl`, the same on Linux and macOS. */
const setFlags = 4;
/** Pause before a client that reads too slowly is offered its bytes again. */
const retryMs = 2;
/** What a board says while nobody reads is lost beyond this, as on a real line. */
const unreadLimitBytes = 256 * 1024;

/**
 * A pseudo-terminal: whatever program opens `path` finds a serial port there, with this object at the other end. Echo and line editing
 * are off from the start. It has no control lines and takes every baud rate.
 */
export class PseudoTerminal implements DisposableLike {
  private closed = false;
  private readonly unread: Uint8Array[] = [];
  private unreadBytes = 0;
  private retry: NodeJS.Timeout | undefined;

  private constructor(
    readonly path: string,
    private readonly master: number,
    /** Reads `master`. It is not used for writing: Node's terminals stop the whole process while nobody reads what they write. */
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
    const { master, path, held } = openTerminalPair();
    return new PseudoTerminal(path, master, new ReadStream(master), held, onData);
  }

  send(bytes: Uint8Array): void {
    if (this.closed || this.unreadBytes >= unreadLimitBytes) return;
    this.unread.push(bytes);
    this.unreadBytes += bytes.length;
    if (this.retry === undefined) this.flush();
  }

  dispose(): void {
    if (this.closed) return;
    this.closed = true;
    clearTimeout(this.retry);
    this.stream.destroy();
    closeSync(this.heldDescriptor);
  }

  private flush(): void {
    this.retry = undefined;
    for (let [piece] = this.unread; piece !== undefined; [piece] = this.unread) {
      const written = writeWhatFits(this.master, piece);
      this.unreadBytes -= written;
      if (written < piece.length) {
        this.unread[0] = piece.subarray(written);
        this.retry = setTimeout(() => this.flush(), retryMs);
        return;
      }
      this.unread.shift();
    }
  }
}

/** Bytes of `bytes` that the terminal took. */
function writeWhatFits(descriptor: number, bytes: Uint8Array): number {
  try {
    return writeSync(descriptor, bytes);
  } catch (error) {
    if (errorCode(error) === 'EAGAIN') return 0;
    // What is lost with a client that closed in the middle of something.
    if (errorCode(error) === 'EIO') return bytes.length;
    throw error;
  }
}

/**
 * Makes a pair of terminals without echo and line editing.
 * @returns descriptor of the master side, which never waits, path of the other one, and a descriptor of the latter that is held open
 * @throws UserError where the system has no pseudo-terminals or no more of them
 */
export function openTerminalPair(): { master: number; path: string; held: number } {
  const c = pseudoTerminalFunctions();
  const master = c.posix_openpt(constants.O_RDWR | constants.O_NOCTTY);
  const path = master >= 0 && c.grantpt(master) === 0 && c.unlockpt(master) === 0 ? c.ptsname(master) : null;
  if (path === null) {
    if (master >= 0) closeSync(master);
    throw new UserError('The system gave no pseudo-terminal.', 'Close some terminals, or check that /dev/pts is mounted.');
  }
  c.fcntl(master, setFlags, 'int', constants.O_RDWR | constants.O_NONBLOCK);
  const held = openSync(path, constants.O_RDWR | constants.O_NOCTTY);
  const settings = new Uint8Array(termiosBytes);
  c.tcgetattr(held, settings);
  c.cfmakeraw(settings);
  c.tcsetattr(held, setNow, settings);
  return { master, path, held };
}

interface PseudoTerminalFunctions {
  posix_openpt(flags: number): number;
  /** Variadic: the type of what is set stands before it. */
  fcntl(descriptor: number, command: number, type: 'int', flags: number): number;
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
    fcntl: c.func('int fcntl(int descriptor, int command, ...)'),
    grantpt: c.func('int grantpt(int descriptor)'),
    unlockpt: c.func('int unlockpt(int descriptor)'),
    ptsname: c.func('const char *ptsname(int descriptor)'),
    tcgetattr: c.func('int tcgetattr(int descriptor, void *settings)'),
    cfmakeraw: c.func('void cfmakeraw(void *settings)'),
    tcsetattr: c.func('int tcsetattr(int descriptor, int when, void *settings)'),
  };
}
