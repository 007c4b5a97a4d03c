import type { ProgressReporter } from '../../base/progress';
import { fileSystemRange } from '../../protocol/flash-layout';
import { checkFlashPlan, firmwareEnd, firmwareHeaderBytes, flashMap, type FlashMapEntry, type FlashRegion, type OverwriteConsent } from '../image/flash-map';
import type { ClassicStub } from './classic-stub';
import { romBaudRate } from './enter-isp';
import { standardBaudRates } from './baud-ladder';
import { LinkFailure } from './isp-error';
import type { IspSession } from './isp-session';
import { OwnStub } from './own-stub';
import { readBackFlash, verifyFlash, totalBytes, wholeSectors, writeFlash, writeFlashClassic, type FlashBlock } from './write-flash';

export interface UploadOptions {
  readonly regions: readonly FlashRegion[];
  /** Rate to start from, bits per second; lower ones follow where it does not work. */
  readonly baudRate: number;
  readonly consent: OverwriteConsent;
  /** Read everything back and compare byte by byte, beyond the CRC-32. */
  readonly readBack: boolean;
  readonly progress: ProgressReporter;
  readonly notice: (sentence: string) => void;
  /** Gets what is on the flash and what is to come, before anything is written or refused. */
  readonly onMap: (map: readonly FlashMapEntry[], flashBytes: number) => void;
}

export interface Upload {
  readonly writtenBytes: number;
  /** What the flash had already. */
  readonly skippedBytes: number;
  /** How it was proved that the flash holds the bytes; `none` with a stub that cannot tell. */
  readonly verification: 'crc' | 'read-back' | 'none';
  /** From the first step towards the board to the proof, by the clock of the session. */
  readonly uploadMs: number;
  readonly map: readonly FlashMapEntry[];
}

/** A line that fails is started anew at a lower rate this often. */
const restartLimit = 2;

/**
 * Brings regions onto the flash of the board and proves that they are there.
 * @throws BoardError, CancelledError
 */
export async function upload(session: IspSession, options: UploadOptions): Promise<Upload> {
  const prepared: Preparation = { sectors: undefined, written: 0 };
  const startMs = session.link.clock.nowMs();
  let { baudRate } = options;
  for (let restarts = 0; ; restarts++) {
    const stub = await session.connect(baudRate);
    try {
      const outcome = stub instanceof OwnStub ? await uploadVerified(session, stub, options, prepared) : await uploadClassic(session, stub, options);
      return { ...outcome, uploadMs: session.link.clock.nowMs() - startMs };
    } catch (error) {
      if (!(error instanceof LinkFailure) || restarts === restartLimit) throw error;
      baudRate = standardBaudRates.find((rate) => rate < stub.link.baudRate) ?? romBaudRate;
      options.notice(`The line failed at ${stub.link.baudRate} baud (${error.sentence}) Starting the stub again at ${baudRate} baud.`);
    }
  }
}

/** What survives a new start of the stub. */
interface Preparation {
  /** Read once: after a failed write the last sector may have lost what was beside the region. */
  sectors: readonly FlashBlock[] | undefined;
  written: number;
}

async function uploadVerified(session: IspSession, stub: OwnStub, options: UploadOptions, prepared: Preparation): Promise<Omit<Upload, 'uploadMs'>> {
  const { journal } = session;
  const { regions, consent, progress, readBack } = options;
  journal.state = 'flash-init';
  const chip = await stub.initializeFlash();
  journal.chip = chip;
  journal.state = 'preflight';
  const firmware = firmwareEnd(await stub.read(0, firmwareHeaderBytes), chip.sizeBytes);
  const map = flashMap(regions, chip.sizeBytes, firmware);
  if (prepared.sectors === undefined) options.onMap(map, chip.sizeBytes);
  checkFlashPlan(map, chip.sizeBytes, consent);
  if (prepared.sectors === undefined) {
    const sectors: FlashBlock[] = [];
    for (const region of regions) sectors.push(await wholeSectors(stub, region));
    prepared.sectors = sectors;
  }
  await writeFlash(stub, prepared.sectors, progress, journal, (bytes) => (prepared.written += bytes));
  journal.state = 'verify';
  // Where nothing was written, the flash has just been found to hold every block.
  if (prepared.written > 0) await verifyFlash(stub, prepared.sectors, progress);
  if (readBack) await readBackFlash(stub, prepared.sectors, progress);
  journal.proof = readBack ? 'read-back' : 'crc';
  return { writtenBytes: prepared.written, skippedBytes: totalBytes(prepared.sectors) - prepared.written, verification: journal.proof, map };
}

async function uploadClassic(session: IspSession, stub: ClassicStub, options: UploadOptions): Promise<Omit<Upload, 'uploadMs'>> {
  const { journal } = session;
  const { regions, consent, progress, notice } = options;
  journal.state = 'flash-init';
  await stub.initializeFlash();
  journal.state = 'preflight';
  // This stub cannot read, so neither the size of the chip nor the end of a firmware is known; all boards in use have 16 MiB.
  const map = flashMap(regions, fileSystemRange.end, undefined);
  options.onMap(map, fileSystemRange.end);
  checkFlashPlan(map, fileSystemRange.end, consent);
  notice('This stub cannot read the flash: neither what is overwritten nor what is written can be checked.');
  return { writtenBytes: await writeFlashClassic(stub, regions, progress, journal), skippedBytes: 0, verification: 'none', map };
}
