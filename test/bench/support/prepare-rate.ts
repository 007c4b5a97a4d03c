import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import type { ProgressReporter, ProgressUpdate } from '../../../src/base/progress';
import type { PrepareReport } from '../../../src/dataset/dataset-artifact';
import { batchesAtOnce, photosPerBatch } from '../../../src/dataset/detection/batch-size';
import { prepareDataset } from '../../../src/dataset/prepare';
import { median } from '../training/contestant';
import { photoData } from './crop-rate';

export interface PreparationRate {
  /** Photos/s from the first photo that is done to the dataset on disk. */
  readonly steady: number;
  /** Until the first photo is done: scan, start of the workers, their TensorFlow and networks. */
  readonly startSeconds: number;
  /** Photos/s of everything together: `photosPerSecond` of the report. */
  readonly whole: number;
  readonly photos: number;
  readonly facesFound: number;
}

/** Notes when the first photo is done. */
class StartWatch implements ProgressReporter {
  private readonly begunMs = performance.now();
  /** Undefined until then. */
  startMs: number | undefined;

  report({ label, done }: ProgressUpdate): void {
    if (label === 'Finding faces' && done > 0) this.startMs ??= performance.now() - this.begunMs;
  }
}

/** Prepares a dataset of real photos with so many worker processes, in each round anew; medians. */
export async function measurePreparation(photoFolder: string, workers: number, rounds: number): Promise<PreparationRate> {
  const results: PreparationRate[] = [];
  for (let round = 0; round < rounds; round++) {
    const result = await prepareOnce(photoFolder, workers);
    process.stderr.write(`${photoFolder} to a dataset, ${workers} workers: ${result.steady.toFixed(1)} photos/s after ${result.startSeconds.toFixed(2)} s, ${result.whole.toFixed(1)} with the start\n`);
    results.push(result);
  }
  const of = (name: keyof PreparationRate): number => median(results.map((result) => result[name]));
  return { steady: of('steady'), startSeconds: of('startSeconds'), whole: of('whole'), photos: of('photos'), facesFound: of('facesFound') };
}

async function prepareOnce(photoFolder: string, workers: number): Promise<PreparationRate> {
  const folder = await mkdtemp(path.join(tmpdir(), 'dataset-bench-'));
  try {
    const watch = new StartWatch();
    const { report } = await prepareDataset({ photos: path.join(photoData, photoFolder), out: path.join(folder, 'dataset'), workers, progress: watch });
    const startSeconds = (watch.startMs ?? NaN) / 1000;
    return { steady: steadyRate(report, workers, startSeconds), startSeconds, whole: report.photosPerSecond, photos: report.photosFound, facesFound: report.facesFound };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Photos that were begun before the clock starts do not count; all that comes after the last photo does. */
function steadyRate({ photosFound, seconds }: PrepareReport, workers: number, startSeconds: number): number {
  const threads = Math.max(1, Math.floor(availableParallelism() / workers));
  const begun = workers * batchesAtOnce(threads) * photosPerBatch;
  return (photosFound - begun) / (seconds - startSeconds);
}
