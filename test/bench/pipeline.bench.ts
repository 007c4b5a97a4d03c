/**
 * `npm run bench -- pipeline [--rounds N] [--augment]`: whether training waits for its data. Blocks of steps on a resident batch and
 * of steps fed from TFRecords (read, decode, change, queue) take turns; `--augment` switches all changes of the pictures on.
 */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { silentProgress } from '../../src/base/progress';
import { trainingDataOf } from '../../src/cli/training-data';
import { openDataset } from '../../src/dataset/dataset-reader';
import { generateSample, personName } from '../../src/dataset/sample/sample-writer';
import { writeShards } from '../../src/dataset/write-shards';
import { openEngine } from '../../src/engine/open-engine';
import { createNetwork } from '../../src/network/mobilefacenet';
import { BatchQueue } from '../../src/training/data/batch-queue';
import { BatchReader, type Batch } from '../../src/training/data/batch-reader';
import { augmentationSection } from '../../src/training/recipe/augmentation-section';
import { writeRecord } from './support/reading';
import { median } from './training/contestant';
import { stepOnBatches } from './training/own-rounds';

const network = 'k210-s';
const imageSize = 112;
const people = 12;
const photosPerPerson = 16;
const batch = 32;
const blockSteps = 20;
/** The first steps fill memory pools, and before each fed block the queue. */
const warmUpSteps = 4;
const wantedRatio = 0.95;
const allChanges = { saturation: 0.3, hueDegrees: 10, blur: 0.2, jpeg: 0.2, crop: 0.8 };

/** A dataset of drawn people. */
async function writeDrawnDataset(folder: string, photos: string): Promise<void> {
  await generateSample({ folder: photos, identities: people, photosPerIdentity: photosPerPerson, seed: 1, sizePixels: imageSize, progress: silentProgress, signal: new AbortController().signal });
  const files = Array.from({ length: people * photosPerPerson }, (_, i) => ({
    label: i % people, file: path.join(photos, personName(i % people), `${String(Math.floor(i / people) + 1).padStart(3, '0')}.jpg`),
  }));
  const records = await Promise.all(files.map(async ({ label, file }) => ({ height: imageSize, width: imageSize, depth: 3, label, image: await readFile(file) })));
  await mkdir(folder);
  const shards = await writeShards(folder, records.length, (position) => records[position] as (typeof records)[number], () => undefined);
  await writeRecord(folder, shards, Array.from({ length: people }, (_, i) => ({ name: personName(i), images: photosPerPerson, heldOut: false })));
}

async function measure(folder: string, rounds: number, changes: object): Promise<{ resident: number[]; fed: number[] }> {
  const engine = await openEngine({ kind: 'native' });
  const data = trainingDataOf(await openDataset(folder));
  const fedSteps = rounds * (warmUpSteps + blockSteps);
  const reader = new BatchReader({
    data, sampler: data.sampler({ kind: 'shuffle' }, 1), decode: (pictures, size) => engine.decodeJpegs(pictures, size), batch, seed: 1,
    normalization: createNetwork(network).normalization, augmentation: augmentationSection.parse(changes),
  });
  const queue = new BatchQueue({ read: (position, signal) => reader.read(position, signal), batch, batchBytes: reader.batchBytes, position: 0, end: fedSteps * batch });
  try {
    const step = await stepOnBatches(engine, { network, precision: 'float32', batch, identities: people });
    const resident = await reader.read(0);
    const imagesPerSecond = async (count: number, next: () => Promise<Batch>): Promise<number> => {
      const startMs = performance.now();
      for (let i = 0; i < count; i++) await step(await next());
      return (count * batch * 1000) / (performance.now() - startMs);
    };
    const sources = [(): Promise<Batch> => Promise.resolve(resident), (): Promise<Batch> => queue.take()] as const;
    await imagesPerSecond(warmUpSteps, sources[0]);
    const measured = { resident: [] as number[], fed: [] as number[] };
    for (let round = 0; round < rounds; round++) {
      measured.resident.push(await imagesPerSecond(blockSteps, sources[0]));
      await imagesPerSecond(warmUpSteps, sources[1]);
      measured.fed.push(await imagesPerSecond(blockSteps, sources[1]));
      // What is read ahead would burden the resident block.
      await queue.halt();
      process.stderr.write(`Round ${round + 1} of ${rounds}: resident ${measured.resident.at(-1)?.toFixed(1)}, fed ${measured.fed.at(-1)?.toFixed(1)} images/s\n`);
    }
    return measured;
  } finally {
    await queue.halt();
    data.close();
    engine.close();
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '7' }, augment: { type: 'boolean', default: false } } });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds takes whole numbers from 1, not ${values.rounds}`);
  const work = await mkdtemp(path.join(tmpdir(), 'pipeline-'));
  try {
    const folder = path.join(work, 'dataset');
    await writeDrawnDataset(folder, path.join(work, 'photos'));
    const { resident, fed } = await measure(folder, rounds, values.augment ? allChanges : {});
    const row = {
      network, batch, changes: values.augment ? 'all' : 'default', residentImagesPerSecond: Number(median(resident).toFixed(1)), fedImagesPerSecond: Number(median(fed).toFixed(1)),
      ratio: Number(median(fed.map((value, i) => value / (resident[i] ?? NaN))).toFixed(3)), wantedRatio,
    };
    process.stdout.write(`${JSON.stringify([row])}\n`);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

void main();
