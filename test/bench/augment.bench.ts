/**
 * Copies of 112 x 112 crops by the policy of the original project, on one thread: images in memory to images in memory, and with
 * JPEGs of quality 95. The rows of all three operations are set against OpenCV + scikit-image on the machine where the product was
 * designed (opening by OpenCV 4.14, noise by scikit-image 0.26, median of 3 x 300).
 */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { productRoot } from '../../src/base/product';
import { Augmenter, type Recipe } from '../../src/dataset/policy/augmenter';
import { encodeJpegs } from '../../src/dataset/policy/jpeg-batch';
import { presetPolicy } from '../../src/dataset/policy/presets';
import type { RgbImage } from '../../src/dataset/photos/rgb-image';

const cropCount = 60;
const rounds = 9;
const size = 112;
const peerCropsPerSecond: Readonly<Record<string, number>> = { 'all three': 427, 'all three and three JPEGs': 306 };

interface Case {
  readonly name: string;
  readonly run: (crops: readonly RgbImage[]) => Promise<unknown>;
}

interface Measurement {
  readonly cropsPerSecond: number;
  readonly processorMs: number;
}

void main();

async function main(): Promise<void> {
  sharp.concurrency(1);
  const crops = await loadCrops();
  const cases = casesOf(new Augmenter(0));
  for (const { run } of cases) for (let i = 0; i < 5; i++) await run(crops);
  const measured = new Map<string, Measurement[]>(cases.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, run } of cases) measured.get(name)?.push(await measure(() => run(crops)));
  }
  const rows = [...measured].map(([name, list]) => rowOf(name, list));
  process.stdout.write(`${JSON.stringify(rows)}\n`);
}

function casesOf(augmenter: Augmenter): Case[] {
  const operations = presetPolicy('original')?.rules.find((rule) => rule.operations?.length === 3)?.operations ?? [];
  const recipes: Recipe[] = operations.map((operation) => ({ operations: [operation], inRandomOrder: false }));
  const copies = (crops: readonly RgbImage[], used: readonly Recipe[]): RgbImage[] => crops.flatMap((crop, i) => used.map((recipe) => augmenter.copy(crop, `person/${i}.jpg`, recipe)));
  return [
    ...recipes.map((recipe) => ({ name: recipe.operations[0]?.name ?? '', run: (crops: readonly RgbImage[]) => Promise.resolve(copies(crops, [recipe])) })),
    { name: 'all three', run: (crops) => Promise.resolve(copies(crops, recipes)) },
    { name: 'all three and three JPEGs', run: (crops) => encodeJpegs(copies(crops, recipes)) },
  ];
}

async function measure(run: () => Promise<unknown>): Promise<Measurement> {
  const processor = process.cpuUsage();
  const startMs = performance.now();
  await run();
  const elapsedMs = performance.now() - startMs;
  const { user, system } = process.cpuUsage(processor);
  return { cropsPerSecond: (cropCount * 1000) / elapsedMs, processorMs: (user + system) / 1000 / cropCount };
}

function rowOf(name: string, list: readonly Measurement[]): Record<string, string | number> {
  const cropsPerSecond = median(list.map((one) => one.cropsPerSecond));
  const peer = peerCropsPerSecond[name];
  return {
    work: name,
    cropsPerSecond: Math.round(cropsPerSecond),
    processorMsPerCrop: Number(median(list.map((one) => one.processorMs)).toFixed(3)),
    ...(peer !== undefined && { peerCropsPerSecond: peer, timesPeer: Number((cropsPerSecond / peer).toFixed(2)) }),
  };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** The middle of real photos where they are there, else drawings. */
async function loadCrops(): Promise<RgbImage[]> {
  const root = path.join(productRoot(), '..', 'shared', 'data', 'lfw_dev60');
  const files = existsSync(root) ? readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.jpg')).sort() : [];
  process.stderr.write(files.length > 0 ? `Crops of photos in ${root}\n` : 'No photos are there: drawn crops\n');
  return Promise.all(Array.from({ length: cropCount }, (_, i) => (files[i] === undefined ? drawCrop(i) : cropMiddle(path.join(root, files[i])))));
}

async function cropMiddle(file: string): Promise<RgbImage> {
  const data = await sharp(file).extract({ left: 69, top: 69, width: size, height: size }).removeAlpha().toColourspace('srgb').raw().toBuffer();
  return { width: size, height: size, data };
}

function drawCrop(number: number): Promise<RgbImage> {
  const data = Uint8Array.from({ length: size * size * 3 }, (_, i) => 128 + 60 * Math.sin(i / (20 + number)) + 50 * Math.cos(i / 4000));
  return Promise.resolve({ width: size, height: size, data });
}
