import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FaceApiDetector } from '../../src/dataset/detection/face-api-detector';
import { GraphFaceDetector } from '../../src/dataset/detection/graph/graph-face-detector';
import { prepareDataset } from '../../src/dataset/prepare';
import { openEngine } from '../../src/engine/open-engine';
import { compareCropping, countFaces, libraryAsItComes, photoData, photosIn, productWith, type CropContestant, type PhotoSet } from './support/crop-rate';
import { rounded } from './support/measured';

/**
 * Photos to aligned crops in a TFRecord file on disk, per second: this product's graphs in one and in two processes, and face-api as
 * it comes (one photo at a time, decoded by sharp), in alternating rounds on the same photos. Start and warm-up are not counted,
 * except in the last row, a whole `dataset prepare`.
 */
const rounds = 3;

async function compare(set: PhotoSet, contestants: readonly CropContestant[], roundCount: number): Promise<Record<string, unknown>[]> {
  const results = await compareCropping(set, contestants, roundCount);
  return results.map(({ name, rate, lowest, highest, found }) => ({
    photos: set.name, contestant: name, photosPerSecond: rounded(rate, 1), lowest: rounded(lowest, 1), highest: rounded(highest, 1), found, of: set.files.length,
  }));
}

async function wholePreparation(): Promise<Record<string, unknown>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'detector-bench-'));
  try {
    const { report } = await prepareDataset({ photos: path.join(photoData, 'lfw_dev60'), out: path.join(folder, 'dataset') });
    return { photos: 'lfw_dev60', contestant: 'whole preparation', photosPerSecond: rounded(report.photosPerSecond, 1), found: report.facesFound, of: report.photosFound };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function run(): Promise<void> {
  if (!existsSync(photoData)) throw new Error(`the photos are not at ${photoData}`);
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
