import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { productRoot } from '../../../src/base/product';
import { cropBatch, readPhotoFiles } from '../../../src/dataset/detection/crop-batch';
import { cropPhotos } from '../../../src/dataset/detection/detector-pool';
import type { PhotoOutcome, PhotoTask } from '../../../src/dataset/detection/detector-messages';
import { oneByOne, type FaceDetector } from '../../../src/dataset/detection/face-detector';
import { decodeBytes } from '../../../src/dataset/photos/decode-photo';
import { SharpCodec } from '../../../src/dataset/photos/photo-codec';
import { RecordWriter } from '../../../src/dataset/tfrecord/record-writer';
import { median } from '../training/contestant';

/** Real photos that lie beside the product, if they do. */
export const photoData = path.join(productRoot(), '..', 'shared', 'data');
const settings = { size: 112, severalFaces: 'centre', minFacePixels: 1 } as const;

export interface PhotoSet {
  readonly name: string;
  readonly files: readonly string[];
  /** Photos before the clock starts, while it runs, and after it stops, so that the workers are busy all the time. */
  readonly warmUp: number;
  readonly measured: number;
  readonly after: number;
}

export interface CropMeasurement {
  readonly photosPerSecond: number;
  /** Photos of the set with a crop. */
  readonly found: number;
}

export interface CropContestant {
  readonly name: string;
  measure(set: PhotoSet): Promise<CropMeasurement>;
}

export async function photosIn(folder: string): Promise<string[]> {
  const entries = await readdir(path.join(photoData, folder), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name)).sort();
}

function tasksOf({ files, warmUp, measured, after }: PhotoSet): PhotoTask[] {
  return Array.from({ length: warmUp + measured + after }, (_, id) => ({ id, file: files[id % files.length] ?? '' }));
}

/** Counts outcomes, takes the time of those that are measured, and keeps the crops as a preparation does. */
class Meter {
  private readonly found = new Set<number>();
  private count = 0;
  private startMs = 0;
  private endMs = 0;
  private writing: Promise<void> = Promise.resolve();

  constructor(private readonly set: PhotoSet, private readonly writer: RecordWriter) {}

  take(id: number, outcome: PhotoOutcome): void {
    const { files, warmUp, measured } = this.set;
    this.count++;
    if (this.count === warmUp) this.startMs = performance.now();
    if (this.count === warmUp + measured) this.endMs = performance.now();
    if (outcome.kind !== 'crop') return;
    this.found.add(id % files.length);
    const example = { height: 112, width: 112, depth: 3, label: id % files.length, image: outcome.jpeg };
    this.writing = this.writing.then(() => this.writer.append(example));
  }

  async finish(): Promise<CropMeasurement> {
    await this.writing;
    await this.writer.finish();
    return { photosPerSecond: (this.set.measured * 1000) / (this.endMs - this.startMs), found: this.found.size };
  }
}

async function withMeter(set: PhotoSet, use: (meter: Meter) => Promise<void>): Promise<CropMeasurement> {
  const folder = await mkdtemp(path.join(tmpdir(), 'detector-bench-'));
  try {
    const meter = new Meter(set, await RecordWriter.create(path.join(folder, 'crops.tfrecord')));
    await use(meter);
    return await meter.finish();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export function productWith(workers: number, threads: number): CropContestant {
  return {
    name: `product, ${workers} x ${threads} threads`,
    measure: (set) => withMeter(set, (meter) => cropPhotos(tasksOf(set), { settings, workers, threads }, ({ id }, outcome) => meter.take(id, outcome))),
  };
}

export function libraryAsItComes(detector: FaceDetector): CropContestant {
  const tools = { codec: new SharpCodec(), detector: oneByOne(detector) };
  return {
    name: 'face-api, one by one',
    measure: (set) => withMeter(set, async (meter) => {
      for (const task of tasksOf(set)) {
        const [outcome] = await cropBatch([task], await readPhotoFiles([task]), settings, tools);
        if (outcome) meter.take(task.id, outcome);
      }
    }),
  };
}

export async function countFaces(detector: FaceDetector, files: readonly string[]): Promise<number> {
  let faces = 0;
  for (const file of files) faces += (await detector.detect((await decodeBytes(await readFile(file))).image)).length;
  return faces;
}

export interface CropResult {
  readonly name: string;
  /** Median of the rounds, photos/s. */
  readonly rate: number;
  readonly lowest: number;
  readonly highest: number;
  /** Photos of the set with a crop. */
  readonly found: number;
}

/** Lets the contestants take turns. */
export async function compareCropping(set: PhotoSet, contestants: readonly CropContestant[], rounds: number): Promise<CropResult[]> {
  const measurements = contestants.map((): CropMeasurement[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, contestant] of contestants.entries()) {
      const measurement = await contestant.measure(set);
      process.stderr.write(`${set.name}, ${contestant.name}: ${measurement.photosPerSecond.toFixed(1)} photos/s, found ${measurement.found}\n`);
      measurements[i]?.push(measurement);
    }
  }
  return contestants.map(({ name }, i) => {
    const rates = (measurements[i] ?? []).map(({ photosPerSecond }) => photosPerSecond);
    return { name, rate: median(rates), lowest: Math.min(...rates), highest: Math.max(...rates), found: measurements[i]?.[0]?.found ?? 0 };
  });
}
