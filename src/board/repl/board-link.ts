import { crc32 } from 'node:zlib';
import { BoardError } from '../board-error';
import type { RawRepl } from './raw-repl';
import { explainTraceback, isCertain } from './repl-failure';

/** Thrown by `BoardLink` when the board started anew: open files and everything defined on it are gone. */
export class BoardRestartedError extends Error {
  override readonly name = 'BoardRestartedError';
}

/** How often one question is asked before it is given up. */
const tries = 5;
const setUpLimitMs = 3000;

/**
 * The first thing on the board; written for MicroPython 1.9 and later. `_kp` prints an answer so that it is found between log lines and
 * trusted only when whole. `_kx` runs code only when it has arrived whole: a lost character must not remove another file.
 */
const foundation = `import uos,gc
try:
 import ubinascii as _kb
except ImportError:
 import binascii as _kb
def _kp(s):
 s=str(s)
 print('\\n~k2 %d %s~'%(_kb.crc32(s.encode())&0xffffffff,s))
def _kx(c,t):
 t=_kb.a2b_base64(t)
 if _kb.crc32(t)&0xffffffff!=c:
  return _kp('?')
 exec(t.decode(),globals())
_kp(1)`;

/** What arrived damaged is answered by this and did nothing. */
const damaged = '?';

/** Functions that live on the board during a transfer, each piece small against its 2 KiB receive ring. */
const boardFunctions: readonly string[] = [
  `def _kw(o,n,c,t):
 try:
  d=_kb.a2b_base64(t)
 except ValueError:
  return _kp('?')
 if len(d)!=n or _kb.crc32(d,o)&0xffffffff!=c:
  return _kp('?')
 if _kf.tell()!=o:
  _kf.seek(o)
 if _kf.write(d)!=n:
  raise OSError(28)
 _kp(o+n)`,
  `def _ks(p):
 try:
  return uos.stat(p)[6]
 except OSError:
  return -1
def _kc(p,o,n,c):
 f=open(p,'rb')
 f.seek(o)
 while n>0:
  d=f.read(min(n,4096))
  if not d:
   break
  c=_kb.crc32(d,c)
  n-=len(d)
 f.close()
 _kp('%d %d'%(c&0xffffffff,n))`,
];

const answerPattern = /~k2 (\d+) ([^~]*)~/;

/** Questions to Python on the board, each with an answer that is whole or asked for again. */
export class BoardLink {
  /** Questions that had to be asked again. */
  retries = 0;

  constructor(readonly repl: RawRepl) {}

  /** The same without the user's cancel: for steps of which the board must not do the first half only. */
  uninterruptible(): BoardLink {
    return new BoardLink(this.repl.uninterruptible());
  }

  /** Defines the functions on the board; needed again after a restart. */
  async setUp(): Promise<void> {
    await this.askPlainly(foundation, setUpLimitMs, 'preparing the transfer');
    for (const code of boardFunctions) await this.ask(`${code}\n_kp(1)`, setUpLimitMs, 'preparing the transfer');
    await this.ask('gc.collect()\n_kp(1)', setUpLimitMs, 'preparing the transfer');
  }

  /**
   * Runs code that calls `_kp` once and gives what it printed. The code may run more than once, when an answer was lost.
   * @param doing such as "writing /sd/face.kmodel", for messages
   * @throws BoardRestartedError; BoardError for what Python refuses, or K2-REPL-LINE when the line is too bad
   */
  async ask(code: string, limitMs: number, doing: string): Promise<string> {
    const bytes = Buffer.from(code);
    return this.askPlainly(`_kx(${crc32(bytes)},'${bytes.toString('base64')}')`, limitMs, doing);
  }

  /** Writes a piece of the open file `_kf`; the board checks length and CRC-32 (begun with the offset) before it writes. */
  async writePiece(offset: number, piece: Uint8Array, limitMs: number, doing: string): Promise<void> {
    const answer = await this.askPlainly(`_kw(${offset},${piece.length},${crc32(piece, offset)},'${Buffer.from(piece).toString('base64')}')`, limitMs, doing);
    if (answer !== String(offset + piece.length)) throw new BoardRestartedError(`The board is at ${answer} of the file while ${doing}`);
  }

  /** As `ask`, for code that needs no check of its own. */
  private async askPlainly(code: string, limitMs: number, doing: string): Promise<string> {
    for (let attempt = 0; attempt < tries; attempt++) {
      if (attempt > 0) {
        this.retries++;
        this.repl.slow = true;
      }
      const outcome = await this.repl.run(code, limitMs);
      if (outcome.kind === 'restarted') throw new BoardRestartedError(`The board started anew while ${doing}`);
      if (outcome.kind === 'done') {
        const answer = trustedAnswer(outcome.output);
        if (answer !== undefined && answer !== damaged) return answer;
      }
      if (outcome.kind === 'error') {
        // The functions are gone: the board has started anew without a word, or was taken over by somebody else.
        if (/NameError.*'?_k[a-z]\b/.test(outcome.traceback)) throw new BoardRestartedError(`The board forgot the transfer while ${doing}`);
        if (isCertain(outcome.traceback)) throw explainTraceback(outcome.traceback, doing);
      }
      if (!(await this.repl.resync()) && !(await this.repl.resync())) throw new BoardRestartedError(`The board stopped answering while ${doing}`);
    }
    throw new BoardError(
      'K2-REPL-LINE', `The line to the board at ${this.repl.transport.path} loses bytes: ${tries} tries failed while ${doing}.`,
      'Use a shorter or better USB cable and no hub, close other programs that use the port, and try again.',
    );
  }
}

/** The answer between whatever else was printed, if it is there whole. */
function trustedAnswer(output: string): string | undefined {
  const match = answerPattern.exec(output);
  if (!match) return undefined;
  const [, sum, text = ''] = match;
  return crc32(Buffer.from(text)) === Number(sum) ? text : undefined;
}
