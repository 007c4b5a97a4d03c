import { crc32 } from '../../base/crc32';
import type { ProgressReporter } from '../../base/progress';
import { BoardError } from '../board-error';
import type { ClassicStub } from './classic-stub';
import type { FlashRegion } from '../image/flash-map';
import type { OwnStub } from './own-stub';
import type { UploadJournal } from './upload-journal';
import { flashBlockBytes, flashSectorBytes } from './packet';
import { UploadProgress } from './upload-progress';

/** Whole sectors that go to the board in one request. */
export interface FlashBlock {
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** Cuts whole sectors at multiples of the block size, so that all but the ends are erased by the fast block erase. */
export function blocksOf({ address, bytes }: FlashBlock, blockBytes: number): FlashBlock[] {
  const blocks: FlashBlock[] = [];
  for (let from = 0; from < bytes.length;) {
    const length = Math.min(bytes.length - from, blockBytes - ((address + from) % blockBytes));
    blocks.push({ address: address + from, bytes: bytes.subarray(from, from + length) });
    from += length;
  }
  return blocks;
}

/** Neighbours as one, without copying. @param blocks cut from one region, at least one */
function joined(blocks: readonly FlashBlock[]): FlashBlock {
  const [first, last] = [blocks[0], blocks.at(-1)] as [FlashBlock, FlashBlock];
  const length = last.address + last.bytes.length - first.address;
  return { address: first.address, bytes: new Uint8Array(first.bytes.buffer, first.bytes.byteOffset, length) };
}

/** Cuts for stubs of kflash: sectors up to the first multiple of 64 KiB, then blocks of 64 KiB, the end filled with zeros to a sector. */
export function classicBlocksOf({ address, bytes }: FlashBlock): FlashBlock[] {
  const padded = new Uint8Array(sectorsOf(bytes.length));
  padded.set(bytes);
  const headBytes = Math.min(padded.length, (flashBlockBytes - (address % flashBlockBytes)) % flashBlockBytes);
  return [
    ...blocksOf({ address, bytes: padded.subarray(0, headBytes) }, flashSectorBytes),
    ...blocksOf({ address: address + headBytes, bytes: padded.subarray(headBytes) }, flashBlockBytes),
  ];
}

/** Fills the last sector with what the flash holds there, because a sector is erased as a whole. */
export async function wholeSectors(stub: OwnStub, { address, bytes }: FlashRegion): Promise<FlashBlock> {
  const length = sectorsOf(bytes.length);
  if (length === bytes.length) return { address, bytes };
  const filled = new Uint8Array(length);
  filled.set(bytes);
  filled.set(await stub.read(address + bytes.length, length - bytes.length), bytes.length);
  return { address, bytes: filled };
}

/** Blocks that one question for a CRC-32 covers at most: the slowest boards sum up 256 KiB within its time limit (k210-serial.md, section 2.3). */
const longestQuestionBlocks = 4;

/**
 * Brings sectors onto the flash: what has the right CRC-32 already is passed over, so that an interrupted upload goes on where it
 * stopped. As long as everything is there, one question covers twice as many blocks as the one before.
 * @param onWritten gets the size of each block that was sent, also when a later one fails
 * @throws BoardError, CancelledError
 */
export async function writeFlash(
  stub: OwnStub, regions: readonly FlashBlock[], reporter: ProgressReporter, journal: UploadJournal, onWritten: (bytes: number) => void,
): Promise<void> {
  journal.beginWriting(totalBytes(regions));
  const progress = new UploadProgress(reporter, stub.link.clock, 'Writing', totalBytes(regions));
  for (const region of regions) {
    const blocks = blocksOf(region, stub.blockBytes);
    let asked = 1;
    for (let next = 0; next < blocks.length; ) {
      const run = blocks.slice(next, next + asked);
      const { address, bytes } = joined(run);
      progress.startBlock();
      const found = await stub.crc(address, bytes.length);
      if (found === crc32(bytes)) {
        next += run.length;
        asked = Math.min(2 * asked, longestQuestionBlocks);
        progress.endBlock(bytes.length, 'skipped');
        journal.endBlock(bytes.length);
      } else if (run.length > 1) {
        asked = 1;
      } else {
        journal.beginBlock(address);
        await stub.write(address, bytes, found, (sent) => progress.sent(sent, bytes.length));
        journal.endBlock(bytes.length);
        onWritten(bytes.length);
        next++;
        progress.endBlock(bytes.length, 'written');
      }
    }
  }
}

/** Writes through a stub of kflash, which cannot tell what the flash holds; gives the bytes that were sent. */
export async function writeFlashClassic(stub: ClassicStub, regions: readonly FlashRegion[], reporter: ProgressReporter, journal: UploadJournal): Promise<number> {
  const blocks = regions.flatMap(classicBlocksOf);
  journal.beginWriting(totalBytes(blocks));
  const progress = new UploadProgress(reporter, stub.link.clock, 'Writing', totalBytes(blocks));
  for (const { address, bytes } of blocks) {
    progress.startBlock();
    journal.beginBlock(address);
    await stub.write(address, bytes, (sent) => progress.sent(sent, bytes.length));
    journal.endBlock(bytes.length);
    progress.endBlock(bytes.length, 'written');
  }
  return totalBytes(blocks);
}

/**
 * Proves that the flash holds the sectors, by its CRC-32 in steps of 64 KiB. A block that differs is written once more.
 * @throws BoardError K2-VERIFY with the address of the first block that still differs
 */
export async function verifyFlash(stub: OwnStub, regions: readonly FlashBlock[], reporter: ProgressReporter): Promise<void> {
  const total = totalBytes(regions);
  let done = 0;
  for (const block of regions.flatMap((region) => blocksOf(region, flashBlockBytes))) {
    await verifyBlock(stub, block);
    done += block.bytes.length;
    reporter.report({ label: 'Verifying', done, total, unit: 'bytes' });
  }
}

/** Reads everything back and compares it byte by byte. @throws BoardError K2-VERIFY with the address of the first byte that differs */
export async function readBackFlash(stub: OwnStub, regions: readonly FlashBlock[], reporter: ProgressReporter): Promise<void> {
  const total = totalBytes(regions);
  let done = 0;
  for (const { address, bytes } of regions.flatMap((region) => blocksOf(region, stub.blockBytes))) {
    const found = await stub.read(address, bytes.length);
    const different = found.findIndex((byte, index) => byte !== bytes[index]);
    if (different >= 0) throw verifyError(address + different);
    done += bytes.length;
    reporter.report({ label: 'Reading back', done, total, unit: 'bytes' });
  }
}

async function verifyBlock(stub: OwnStub, { address, bytes }: FlashBlock): Promise<void> {
  const wanted = crc32(bytes);
  if ((await stub.crc(address, bytes.length)) === wanted) return;
  for (const block of blocksOf({ address, bytes }, stub.blockBytes)) {
    const found = await stub.crc(block.address, block.bytes.length);
    if (found !== crc32(block.bytes)) await stub.write(block.address, block.bytes, found);
  }
  if ((await stub.crc(address, bytes.length)) !== wanted) throw verifyError(address);
}

function verifyError(address: number): BoardError {
  return new BoardError('K2-VERIFY', `The flash at 0x${address.toString(16)} does not hold what was written.`, 'Run the same command again; if it happens at the same address, the flash is worn out: choose another --address.');
}

export function totalBytes(regions: readonly FlashBlock[]): number {
  return regions.reduce((sum, { bytes }) => sum + bytes.length, 0);
}

function sectorsOf(bytes: number): number {
  return Math.ceil(bytes / flashSectorBytes) * flashSectorBytes;
}
