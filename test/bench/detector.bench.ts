import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { productRoot } from '../../src/base/product';
import { cropBatch, readPhotoFiles } from '../../src/dataset/detection/crop-batch';
import { cropPhotos } from '../../src/dataset/detection/detector-pool';
import type { PhotoOutcome, PhotoTask } from '../../src/dataset/detection/detector-messages';
import { FaceApiDetector } from '../../src/dataset/detection/face-api-detector';
import { oneByOne, type FaceDetector } from '../../src/dataset/detection/face-detector';
import { GraphFaceDetector } from '../../src/dataset/detection/graph/graph-face-detector';
import { decodeBytes } from '../../src/dataset/photos/decode-photo';
import { SharpCodec } from '../../src/dataset/photos/photo-codec';
import { prepareDataset } from '../../src/dataset/prepare';
import { RecordWriter } from '../../src/dataset/tfrecord/record-writer';
import { openEngine } from '../../src/engine/open-engine';

/**
 * Photos to aligned crops in a TFRecord file on disk, per second: this product's graphs in one and in two processes, and face-api as
 * it comes (one photo at a time, decoded by sharp), in alternating rounds on the same photos. Start and warm-up are not counted,
 * except in the last row, a whole `dataset prepare`.
 */
const rounds = 3;
const settings = { size: 112, severalFaces: 'centre', minFacePixels: 1 } as const;
const data = path.join(productRoot(), '..', 'shared', 'data');

interface PhotoSet {
  readonly name: string;
  readonly files: readonly string[];
  /** Photos before the clock starts, while it runs, and after it stops, so that the workers are busy all the time. */
  readonly warmUp: number;
  readonly measured: number;
  readonly after: number;
}

interface Measurement {
  readonly photosPerSecond: number;
  /** Photos of the set with a crop. */
  readonly found: number;
}

interface Contestant {
  readonly name: string;
  measure(set: PhotoSet): Promise<Measurement>;
}

async function photosIn(folder: string): Promise<string[]> {
  const entries = await readdir(path.join(data, folder), { recursive: true, withFileTypes: true });
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

  async finish(): Promise<Measurement> {
    await this.writing;
    await this.writer.finish();
    return { photosPerSecond: (this.set.measured * 1000) / (this.endMs - this.startMs), found: this.found.size };
  }
}

async function withMeter(set: PhotoSet, use: (meter: Meter) => Promise<void>): Promise<Measurement> {
  const folder = await mkdtemp(path.join(tmpdir(), 'detector-bench-'));
  try {
    const meter = new Meter(set, await RecordWriter.create(path.join(folder, 'crops.tfrecord')));
    await use(meter);
    return await meter.finish();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function productWith(workers: number, threads: number): Contestant {
  return {
    name: `product, ${workers} x ${threads} threads`,
    measure: (set) => withMeter(set, (meter) => cropPhotos(tasksOf(set), { settings, workers, threads }, ({ id }, outcome) => meter.take(id, outcome))),
  };
}

function libraryAsItComes(detector: FaceDetector): Contestant {
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

async function countFaces(detector: FaceDetector, files: readonly string[]): Promise<number> {
  let faces = 0;
  for (const file of files) faces += (await detector.detect((await decodeBytes(await readFile(file))).image)).length;
  return faces;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

async function compare(set: PhotoSet, contestants: readonly Contestant[], roundCount: number): Promise<Record<string, unknown>[]> {
  const measurements = contestants.map((): Measurement[] => []);
  for (let round = 0; round < roundCount; round++) {
    for (const [i, contestant] of contestants.entries()) {
      const measurement = await contestant.measure(set);
      process.stderr.write(`${set.name}, ${contestant.name}: ${measurement.photosPerSecond.toFixed(1)} photos/s, found ${measurement.found}\n`);
      measurements[i]?.push(measurement);
    }
  }
  return contestants.map(({ name }, i) => {
    const rates = (measurements[i] ?? []).map(({ photosPerSecond }) => photosPerSecond);
    return {
      photos: set.name, contestant: name, photosPerSecond: round1(median(rates)), lowest: round1(Math.min(...rates)), highest: round1(Math.max(...rates)),
      found: measurements[i]?.[0]?.found, of: set.files.length,
    };
  });
}

async function wholePreparation(): Promise<Record<string, unknown>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'detector-bench-'));
  try {
    const { report } = await prepareDataset({ photos: path.join(data, 'lfw_dev60'), out: path.join(folder, 'dataset') });
    return { photos: 'lfw_dev60', contestant: 'whole preparation', photosPerSecond: round1(report.photosPerSecond), found: report.facesFound, of: report.photosFound };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function round1(value: number): number {
  return Math.round(value * 10) / 10;
}

async function run(): Promise<void> {
  if (!existsSync(data)) throw new Error(`the photos are not at ${data}`);
  const engine = await openEngine({ kind: 'native' });
  const library = await FaceApiDetector.open(engine);
  const product = [productWith(1, 2), productWith(2, 1)];
  const faces: PhotoSet = { name: 'lfw_dev60', files: await photosIn('lfw_dev60'), warmUp: 160, measured: 700, after: 110 };
  const wild: PhotoSet = { name: 'wild', files: await photosIn('wild'), warmUp: 39, measured: 104, after: 65 };
  const fewer = { warmUp: 16, measured: 96, after: 0 };
  const rows = [
    ...(await compare(faces, product, rounds)),
    ...(await compare({ ...faces, ...fewer, files: faces.files.slice(0, fewer.measured) }, [libraryAsItComes(library)], rounds)),
    ...(await compare(wild, product, rounds)),
    ...(await compare({ ...wild, warmUp: 13, measured: 26, after: 0 }, [libraryAsItComes(library)], rounds)),
    await wholePreparation(),
  ];
  const graphs = await GraphFaceDetector.open(engine);
  for (const [contestant, detector] of [['face-api, all faces', library], ['product, all faces', graphs]] as const) {
    rows.push({ photos: 'wild', contestant, found: await countFaces(detector, wild.files) });
  }
  process.stdout.write(`${JSON.stringify(rows)}\n`);
  engine.close();
}

void run().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
