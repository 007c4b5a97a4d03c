import { appendFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { explainWriteError } from '../../base/atomic-file';
import type { BatchReader } from '../data/batch-reader';

/** Folder of a run that holds the order. */
export const orderFolderName = 'order';

/**
 * Writes down which images a rank trains on: a line of `rank-<n>.jsonl` for each batch, `{"step", "position", "samples": [[epoch, image], ...]}`, before the
 * batch is trained on, so that none is left out when the rank is killed. A run that goes on from a checkpoint repeats the steps after it; of the lines of a
 * position the last one counts.
 */
export class OrderLog {
  private readonly file: string;

  constructor(folder: string, rank: number, private readonly reader: BatchReader) {
    this.file = path.join(folder, `rank-${rank}.jsonl`);
    try {
      mkdirSync(folder, { recursive: true });
    } catch (error) {
      throw explainWriteError(error, folder);
    }
  }

  /** @param position of this rank's first sample of a batch */
  add(step: number, position: number): void {
    const samples = this.reader.samples(position).map(({ epoch, image }) => [epoch, image]);
    try {
      appendFileSync(this.file, `${JSON.stringify({ step, position, samples })}\n`);
    } catch (error) {
      throw explainWriteError(error, this.file);
    }
  }
}
