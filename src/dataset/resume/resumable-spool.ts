import path from 'node:path';
import * as z from 'zod';
import { CropSpool } from '../crop-spool';
import { crc32c } from '../../base/crc32c';
import { Journal } from './journal';

const spoolFileName = 'crops.spool';
const journalFileName = 'crops.journal';

/** A line of the journal: what became of a photo. `crop` is [offset, length, CRC-32C] in the spool. */
const entrySchema = z.object({ photo: z.number().int(), crop: z.tuple([z.number(), z.number(), z.number()]).optional(), note: z.unknown() });

/**
 * A crop spool with a journal, so that a later run goes on after the last photo even when this one is killed. The journal
 * also says of which photos no crop could be made.
 */
export class ResumableSpool {
  private readonly decided: Uint8Array;
  private decidedPhotos = 0;
  private journal: Journal | undefined;

  private constructor(
    private readonly spool: CropSpool,
    photoCount: number,
  ) {
    this.decided = new Uint8Array(photoCount);
  }

  /**
   * Opens the spool in `folder`, with what an earlier run with the same `fingerprint` left there; anything else is discarded.
   * Crops whose bytes did not reach the disk count as not yet made.
   * @param onFound called for each photo that an earlier run has decided, with its note
   */
  static async open(folder: string, fingerprint: string, photoCount: number, onFound: (photo: number, note: unknown) => void): Promise<ResumableSpool> {
    const spool = new CropSpool(path.join(folder, spoolFileName), photoCount, 'continued');
    const opened = new ResumableSpool(spool, photoCount);
    try {
      await opened.load(path.join(folder, journalFileName), fingerprint, onFound);
      return opened;
    } catch (error) {
      opened.close();
      throw error;
    }
  }

  /** How many photos are decided. */
  get decidedCount(): number {
    return this.decidedPhotos;
  }

  /** True when it is known what became of a photo, 0..photoCount-1. */
  isDecided(photo: number): boolean {
    return this.decided[photo] === 1;
  }

  /** True when the photo has a crop. */
  has(photo: number): boolean {
    return this.spool.has(photo);
  }

  get(photo: number): Uint8Array {
    return this.spool.get(photo);
  }

  /** Keeps the crop of a photo; without one, only the note. */
  put(photo: number, crop: Uint8Array | undefined, note: unknown): void {
    if (crop) {
      const { offset, length } = this.spool.put(photo, crop);
      this.journal?.append({ photo, crop: [offset, length, crc32c(crop)], note });
    } else {
      this.journal?.append({ photo, note });
    }
    this.decide(photo);
  }

  close(): void {
    this.journal?.close();
    this.spool.close();
  }

  private async load(journalFile: string, fingerprint: string, onFound: (photo: number, note: unknown) => void): Promise<void> {
    this.journal = await Journal.open(journalFile, fingerprint, (value) => {
      const { photo, crop, note } = entrySchema.parse(value);
      if (crop && !this.spool.restore(photo, { offset: crop[0], length: crop[1] }, crop[2])) return;
      this.decide(photo);
      onFound(photo, note);
    });
    if (!this.journal.isContinued) this.spool.clear();
  }

  private decide(photo: number): void {
    this.decided[photo] = 1;
    this.decidedPhotos++;
  }
}
