import { crc32 } from 'node:zlib';
import type { ProgressReporter } from '../../base/progress';
import type { DeployStep } from '../../protocol/deploy-events';
import { BoardError } from '../board-error';
import type { BoardLink } from './board-link';
import type { FileJournal } from './file-journal';
import { pythonString } from './python-text';
import type { TargetPath } from './target-path';

/** Bytes of one acknowledged piece: as base64, with the call around it, well below the firmware's receive ring of 2048 bytes. */
const chunkBytes = 1024;
/** On a line that loses bytes, pieces become smaller, down to this. */
const leastChunkBytes = 64;
/** So many good pieces in a row make the next ones larger again. */
const goodPieces = 16;
/** The board writes through after this many bytes, so that an interrupted transfer goes on from there. */
const flushBytes = 32 * 1024;
/** The board sums up this much of a file per question, so that progress shows and no answer takes long. */
const sumBytes = 256 * 1024;
const answerLimitMs = 4000;
/** A slow SD card after a block erase; SPIFFS collecting garbage. */
const fileLimitMs = 15_000;
/** Failures after which the next transfer goes on with what has arrived. */
const resumable: ReadonlySet<string> = new Set(['K2-PORT-LOST', 'K2-REPL-LINE']);
/** SPIFFS needs room to move pages. */
const flashSlack = 0.15;

export interface SentFile {
  /** The board had this very file already. */
  readonly unchanged: boolean;
  /** Bytes that an earlier, interrupted transfer had brought. */
  readonly resumedAtBytes: number;
}

/** Room in a file system of the board. */
export interface BoardRoom {
  readonly volume: TargetPath['volume'];
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** What the file takes beside what is there. */
  readonly neededBytes: number;
}

/** Who follows a file on its way. */
export interface SendWatch {
  readonly onStep?: (step: DeployStep, state: string) => void;
  readonly onRoom?: (room: BoardRoom) => void;
}

/**
 * Brings a file to the board: into `<path>.part`, summed up there by CRC-32, and only then under its name. What an interrupted transfer
 * left in `<path>.part` is used when its sum is right; what failed for good is removed.
 * @param journal told of every step
 * @throws BoardRestartedError when the board started anew: call again
 */
export async function sendFile(link: BoardLink, target: TargetPath, content: Uint8Array, progress: ProgressReporter, journal: Pick<FileJournal, 'state' | 'sentBytes' | 'isThere'>, watch: SendWatch = {}): Promise<SentFile> {
  const { path } = target;
  journal.state = 'compare';
  const doing = `writing ${path}`;
  const sum = crc32(content);
  watch.onStep?.('check', 'compare');
  if ((await sizeOf(link, path)) === content.length && (await boardSum(link, path, content.length, progress, `Comparing ${path}`)) === sum) {
    journal.isThere = true;
    return { unchanged: true, resumedAtBytes: 0 };
  }
  const part = `${path}.part`;
  const resumedAtBytes = await usablePart(link, part, content, progress);
  await checkRoom(link, target, content.length - resumedAtBytes, watch);
  await makeFolders(link, target);
  journal.state = 'send';
  watch.onStep?.('upload', 'send');
  const begin = await openPart(link, part, resumedAtBytes, doing);
  journal.sentBytes = begin;
  try {
    await sendChunks(link, content, begin, { part, doing, label: `Sending ${path}`, progress, flushes: target.volume === 'sd', onSent: (bytes) => (journal.sentBytes = bytes) });
    await link.ask('_kf.close()\n_kp(1)', fileLimitMs, doing);
    journal.state = 'verify';
    watch.onStep?.('verify', 'sum');
    const written = await boardSum(link, part, content.length, progress, `Verifying ${path}`);
    if (written !== sum) {
      throw new BoardError('K2-REPL-VERIFY', `${path} on the board differs from the file that was sent.`, 'Its card or flash may be worn out: try again, then another card.');
    }
  } catch (error) {
    if (error instanceof BoardError && !resumable.has(error.code)) await removePart(link, part);
    throw error;
  }
  journal.state = 'rename';
  // Stopped between the two steps of it, the board would have neither file under this name.
  await link.uninterruptible().ask(renameCode(part, path), fileLimitMs, `renaming ${part}`);
  journal.isThere = true;
  return { unchanged: false, resumedAtBytes: begin };
}

interface SendDetails {
  readonly part: string;
  readonly doing: string;
  readonly label: string;
  readonly progress: ProgressReporter;
  /** SPIFFS does not open an existing file for writing everywhere. */
  readonly flushes: boolean;
  /** Gets the bytes of the file that the board has. */
  readonly onSent: (bytes: number) => void;
}

async function sendChunks(link: BoardLink, content: Uint8Array, begin: number, { part, doing, label, progress, flushes, onSent }: SendDetails): Promise<void> {
  const { clock } = link.repl;
  const startMs = clock.nowMs();
  const size = new PieceSize();
  let unflushed = 0;
  for (let offset = begin; offset < content.length; ) {
    const chunk = content.subarray(offset, offset + size.bytes);
    const { retries } = link;
    try {
      await link.writePiece(offset, chunk, answerLimitMs, doing);
    } catch (error) {
      if (!(error instanceof BoardError && error.code === 'K2-REPL-LINE' && size.shrink())) throw error;
      continue;
    }
    size.note(link.retries === retries);
    offset += chunk.length;
    onSent(offset);
    unflushed += chunk.length;
    if (flushes && unflushed >= flushBytes && offset < content.length) {
      // Closing is what every firmware writes through for.
      await link.ask(reopenCode(part, offset), fileLimitMs, doing);
      unflushed = 0;
    }
    const seconds = (clock.nowMs() - startMs) / 1000;
    const rate = (offset - begin) / Math.max(seconds, 0.001);
    progress.report({ label, done: offset, total: content.length, unit: 'bytes', perSecond: rate, detail: `${(rate / 1024).toFixed(1)} KiB/s, ${Math.ceil((content.length - offset) / rate)} s left` });
  }
}

/** How much goes in one piece: less where bytes are lost. */
class PieceSize {
  bytes = chunkBytes;
  private good = 0;

  /** False when pieces are as small as they get. */
  shrink(): boolean {
    if (this.bytes <= leastChunkBytes) return false;
    this.bytes /= 4;
    this.good = 0;
    return true;
  }

  note(wentWell: boolean): void {
    this.good = wentWell ? this.good + 1 : 0;
    if (this.good < goodPieces || this.bytes >= chunkBytes) return;
    this.bytes *= 2;
    this.good = 0;
  }
}

async function sizeOf(link: BoardLink, path: string): Promise<number> {
  return Number(await link.ask(`_kp(_ks(${pythonString(path)}))`, fileLimitMs, `looking for ${path}`));
}

/** CRC-32 of the first `length` bytes of a file on the board; undefined when it is shorter. */
async function boardSum(link: BoardLink, path: string, length: number, progress: ProgressReporter, label: string): Promise<number | undefined> {
  let sum = 0;
  for (let offset = 0; offset < length; ) {
    const bytes = Math.min(sumBytes, length - offset);
    const [next, missing] = (await link.ask(`_kc(${pythonString(path)},${offset},${bytes},${sum})`, fileLimitMs, `reading ${path}`)).split(' ').map(Number);
    if (next === undefined || missing !== 0) return undefined;
    sum = next;
    offset += bytes;
    progress.report({ label, done: offset, total: length, unit: 'bytes' });
  }
  return sum;
}

/** How many bytes of an earlier transfer are right, a multiple of the chunk; 0 when there are none. */
async function usablePart(link: BoardLink, part: string, content: Uint8Array, progress: ProgressReporter): Promise<number> {
  const size = Math.min(await sizeOf(link, part), content.length);
  const whole = Math.max(0, Math.floor(size / chunkBytes) * chunkBytes);
  if (whole === 0) return 0;
  return (await boardSum(link, part, whole, progress, 'Checking what is there')) === crc32(content.subarray(0, whole)) ? whole : 0;
}

/** Opens `_kf` at `offset`; where a firmware cannot write into an existing file, from the start. Gives the offset. */
async function openPart(link: BoardLink, part: string, offset: number, doing: string): Promise<number> {
  const name = pythonString(part);
  const code = offset === 0
    ? `_kf=open(${name},'wb')\n_kp(0)`
    : `try:\n _kf=open(${name},'r+b')\n _kf.seek(${offset})\n _kp(${offset})\nexcept OSError:\n _kf=open(${name},'wb')\n _kp(0)`;
  return Number(await link.ask(code, fileLimitMs, doing));
}

function reopenCode(part: string, offset: number): string {
  return `_kf.close()\n_kf=open(${pythonString(part)},'r+b')\n_kf.seek(${offset})\n_kp(${offset})`;
}

/** The old file is removed first, because SPIFFS does not rename onto an existing one. May run twice. */
function renameCode(part: string, path: string): string {
  return `if _ks(${pythonString(part)})>=0:
 if _ks(${pythonString(path)})>=0:
  uos.remove(${pythonString(path)})
 uos.rename(${pythonString(part)},${pythonString(path)})
_kp(1)`;
}

async function checkRoom(link: BoardLink, { path, volume }: TargetPath, bytes: number, { onRoom }: SendWatch): Promise<void> {
  const answer = await link.ask(`try:\n _ka=uos.statvfs('/${volume}')\n _kp('%d %d'%(_ka[1]*_ka[3],_ka[1]*_ka[2]))\nexcept Exception:\n _kp('-1 -1')`, fileLimitMs, 'asking for free space');
  const [free = -1, total = -1] = answer.split(' ').map(Number);
  const needed = Math.ceil(bytes * (volume === 'flash' ? 1 + flashSlack : 1));
  if (free >= 0) onRoom?.({ volume, freeBytes: free, totalBytes: total, neededBytes: needed });
  if (free < 0 || free >= needed) return;
  const kib = (count: number): string => `${Math.ceil(count / 1024)} KiB`;
  throw new BoardError(
    'K2-REPL-SPACE', `/${volume} has ${kib(free)} free, and ${path} needs ${kib(needed)} beside what is there.`,
    volume === 'flash' ? 'Delete files on the board, use an SD card, or deploy to a flash address (--address).' : 'Delete files on the SD card and try again.',
  );
}

async function makeFolders(link: BoardLink, { folders }: TargetPath): Promise<void> {
  for (const folder of folders) {
    const name = pythonString(folder);
    await link.ask(`try:\n uos.stat(${name})\nexcept OSError:\n uos.mkdir(${name})\n_kp(1)`, fileLimitMs, `making ${folder}`);
  }
}

async function removePart(link: BoardLink, part: string): Promise<void> {
  try {
    await link.ask(`try:\n _kf.close()\nexcept Exception:\n pass\nif _ks(${pythonString(part)})>=0:\n uos.remove(${pythonString(part)})\n_kp(1)`, fileLimitMs, `removing ${part}`);
  } catch {
    // The failure that led here is told; a remaining .part is found and used or overwritten by the next transfer.
  }
}
