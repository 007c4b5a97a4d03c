import { spawn } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { errorText } from '../../../src/base/user-error';
import { SeededRandom } from '../../../src/base/random';
import type { DatasetRecord } from '../../../src/dataset/dataset-artifact';
import { datasetFileName } from '../../../src/dataset/artifact-names';
import { datasetFingerprint } from '../../../src/dataset/dataset-fingerprint';
import { openDataset, type Dataset } from '../../../src/dataset/dataset-reader';
import { epochOrder } from '../../../src/dataset/order';
import { classBalancedOrder } from '../../../src/dataset/sampling/class-balanced';
import { ClassMembers } from '../../../src/dataset/sampling/class-members';
import { RecordIndex, writeRecordIndex } from '../../../src/dataset/tfrecord/record-index';
import { writeShards } from '../../../src/dataset/write-shards';
import { openEngine } from '../../../src/engine/open-engine';
import { median } from '../training/contestant';
import type { Measured } from './measured';

const scale = process.argv.includes('--small') ? 10 : 1;
const recordCount = 100_000 / scale;
const shardCount = 8;
const imageSize = 112;
const identityCount = 1000;
const batch = 64;
const decodedBatches = 120 / scale;
const manyRecords = 15_000_000 / scale;
const manyIdentities = 68_000 / scale;
const manyShards = 30;
const defaultRounds = 5;
/** Names a part of the work on the command line of a process that does only that: memory is measured in a process of its own. */
const partOption = '--part';

const seconds = (startMs: number): number => (performance.now() - startMs) / 1000;
const residentMB = (): number => process.memoryUsage().rss / 1e6;

/** Crops of about 5 KB, as photos give them: smooth, with some grain. */
async function makeCrops(count: number): Promise<Uint8Array[]> {
  const random = new SeededRandom('crops');
  return Promise.all(Array.from({ length: count }, async () => {
    const small = Buffer.from(Array.from({ length: 14 * 14 * 3 }, () => random.below(256)));
    const pixels = await sharp(small, { raw: { width: 14, height: 14, channels: 3 } }).resize(imageSize, imageSize, { kernel: 'cubic' }).raw().toBuffer();
    for (let i = 0; i < pixels.length; i++) pixels[i] = Math.min(255, Math.max(0, (pixels[i] ?? 0) + 6 * random.normal()));
    return sharp(pixels, { raw: { width: imageSize, height: imageSize, channels: 3 } }).jpeg({ quality: 92 }).toBuffer();
  }));
}

export async function writeRecord(folder: string, shards: readonly { file: string; index: RecordIndex }[], identities: DatasetRecord['identities']): Promise<void> {
  const meaning = { imageSize, template: 'arcface-112', landmarks: 'sidecar', seed: 0, identities };
  const record: DatasetRecord = {
    format: 1, toolVersion: '0', createdAt: '', ...meaning, fingerprint: datasetFingerprint(meaning, shards.map(({ index }) => index)),
    shards: shards.map(({ file, index }) => ({ file, records: index.count })), images: shards.reduce((sum, { index }) => sum + index.count, 0),
  };
  await writeFile(path.join(folder, datasetFileName), JSON.stringify(record));
}

async function writeDataset(folder: string): Promise<void> {
  const crops = await makeCrops(500);
  const recordAt = (position: number) => ({ height: imageSize, width: imageSize, depth: 3, label: position % identityCount, image: crops[position % crops.length] as Uint8Array });
  const shards = await writeShards(folder, recordCount, recordAt, () => undefined, recordCount / shardCount);
  await writeRecord(folder, shards, Array.from({ length: identityCount }, (_, i) => ({ name: `p${i}`, images: recordCount / identityCount, heldOut: false })));
}

/** Records a second, by the clock and by the processor's time: the second is what an idle machine gives. */
function readShuffled(dataset: Dataset, round: number): { byClock: number; byProcessor: number } {
  const startMs = performance.now();
  const startCpu = process.cpuUsage();
  let bytes = 0;
  for (const index of epochOrder(1, round, dataset.count)) bytes += dataset.read(index).jpeg.length;
  if (bytes === 0) throw new Error('nothing was read');
  const { user, system } = process.cpuUsage(startCpu);
  return { byClock: dataset.count / seconds(startMs), byProcessor: (dataset.count * 1e6) / (user + system) };
}

async function decodeRows(dataset: Dataset, rounds: number): Promise<Measured[]> {
  try {
    const engine = await openEngine();
    const order = epochOrder(2, 0, dataset.count);
    const decodeOnce = async (): Promise<number> => {
      const startMs = performance.now();
      for (let i = 0; i < decodedBatches; i++) {
        const pictures = Array.from(order.subarray(i * batch, (i + 1) * batch), (index) => dataset.read(index).jpeg);
        await engine.decodeJpegs(pictures, imageSize);
      }
      return (decodedBatches * batch) / seconds(startMs);
    };
    await decodeOnce();
    const rates: number[] = [];
    for (let round = 0; round < rounds; round++) rates.push(await decodeOnce());
    const title = engine.description.title;
    engine.close();
    return [{ what: `read and decode batches of ${batch} (${title})`, value: Math.round(median(rates)), unit: 'images/s', wanted: { atLeast: 3000 } }];
  } catch (error) {
    process.stderr.write(`Decoding was not measured: ${errorText(error)}\n`);
    return [];
  }
}

/** Record files with holes instead of pictures: only their sizes and indexes are real. */
async function writeManyRecords(folder: string): Promise<void> {
  const perShard = manyRecords / manyShards;
  const recordBytes = 5000;
  const shards: { file: string; index: RecordIndex }[] = [];
  for (let shard = 0; shard < manyShards; shard++) {
    const file = `faces-${shard}.tfrecord`;
    const descriptor = openSync(path.join(folder, file), 'w');
    writeSync(descriptor, Buffer.of(0), 0, 1, perShard * recordBytes - 1);
    closeSync(descriptor);
    const locations = Array.from({ length: perShard }, (_, i) => ({ offset: i * recordBytes + 12, length: recordBytes - 16, label: (i * 7919 + shard) % manyIdentities, checksum: i }));
    const index = RecordIndex.of(locations, perShard * recordBytes);
    await writeRecordIndex(path.join(folder, file), index);
    shards.push({ file, index });
  }
  await writeRecord(folder, shards, Array.from({ length: manyIdentities }, (_, i) => ({ name: `p${i}`, images: Math.round(manyRecords / manyIdentities), heldOut: i % 100 === 0 })));
}

/** In a process of its own, so that its memory is not that of making the files. */
async function measureMany(folder: string): Promise<Measured[]> {
  const beforeMB = residentMB();
  let startMs = performance.now();
  const dataset = await openDataset(folder);
  const openSeconds = seconds(startMs);
  startMs = performance.now();
  const order = epochOrder(1, 0, dataset.count);
  const epochSeconds = seconds(startMs);
  const memoryMB = residentMB();
  startMs = performance.now();
  let sum = 0;
  for (let i = 0; i < 1_000_000 / scale; i++) sum += dataset.label(order[i] as number);
  const locateNs = (seconds(startMs) * 1e9) / (1_000_000 / scale);
  if (sum === 0) throw new Error('no labels');
  startMs = performance.now();
  const members = new ClassMembers(dataset.count, dataset.trainingIdentities.length, (index) => dataset.label(index));
  classBalancedOrder(members, 1, 0);
  const balancedSeconds = seconds(startMs);
  const label = `${(manyRecords / 1e6).toFixed(1)} million records`;
  return [
    { what: `memory, ${label} and the order of an epoch`, value: Math.round(memoryMB), unit: 'MB', wanted: { below: 400 } },
    { what: 'of it before the dataset was opened', value: Math.round(beforeMB), unit: 'MB' },
    { what: `open the dataset, ${label}`, value: Number(openSeconds.toFixed(2)), unit: 's' },
    { what: `start an epoch, ${label}`, value: Number(epochSeconds.toFixed(2)), unit: 's' },
    { what: `start a class-balanced epoch, ${label}`, value: Number(balancedSeconds.toFixed(2)), unit: 's' },
    { what: 'find a record and its label', value: Math.round(locateNs), unit: 'ns' },
  ];
}

async function measureReading(folder: string, rounds: number): Promise<Measured[]> {
  await writeDataset(folder);
  const dataset = await openDataset(folder);
  try {
    readShuffled(dataset, 0);
    const rates = Array.from({ length: rounds }, (_, round) => readShuffled(dataset, round + 1));
    const what = `parse shuffled records, ${recordCount} in ${shardCount} shards`;
    return [
      { what, value: Math.round(median(rates.map(({ byClock }) => byClock))), unit: 'records/s', wanted: { atLeast: 50_000 } },
      { what: `${what}, by processor time`, value: Math.round(median(rates.map(({ byProcessor }) => byProcessor))), unit: 'records/s' },
      ...(await decodeRows(dataset, rounds)),
    ];
  } finally {
    dataset.close();
  }
}

async function runPart(part: string, folder: string, rounds: number): Promise<Measured[]> {
  if (part === 'write-many') return writeManyRecords(folder).then(() => []);
  return part === 'measure-many' ? measureMany(folder) : measureReading(folder, rounds);
}

async function runInProcess(part: string, folder: string, rounds: number): Promise<Measured[]> {
  const child = spawn(process.execPath, [__filename, ...process.argv.slice(2).filter((option) => option === '--small'), partOption, part, folder, String(rounds)], { stdio: ['ignore', 'pipe', 'inherit'], timeout: 20 * 60_000 });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`the part ${part} ended with code ${code}`);
  return JSON.parse(output) as Measured[];
}

/** True when this process was started for a part of `measureReadingSpeed`; it is done then. */
export async function runReadingPart(): Promise<boolean> {
  const place = process.argv.indexOf(partOption);
  if (place < 0) return false;
  const [part = '', folder = '', rounds] = process.argv.slice(place + 1);
  process.stdout.write(JSON.stringify(await runPart(part, folder, Number(rounds))));
  return true;
}

/**
 * Reading for training: 100,000 records in 8 shards shuffled, parsed and decoded into batches; and memory and time of the start of an
 * epoch for 15 million records (an index without pictures). With `--small` on the command line a tenth of the records.
 */
export async function measureReadingSpeed(rounds = defaultRounds): Promise<Measured[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'reading-bench-'));
  const many = await mkdtemp(path.join(tmpdir(), 'reading-bench-'));
  try {
    const rows = await runInProcess('read', folder, rounds);
    await runInProcess('write-many', many, rounds);
    return [...rows, ...(await runInProcess('measure-many', many, rounds))];
  } finally {
    for (const used of [folder, many]) await rm(used, { recursive: true, force: true });
  }
}
