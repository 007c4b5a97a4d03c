/**
 * Copies of 112 x 112 crops by the policy of the original project, on one thread: images in memory to images in memory, and with
 * JPEGs of quality 95. The rows of all three operations are set against OpenCV + scikit-image on the machine where the product was
 * designed (opening by OpenCV 4.14, noise by scikit-image 0.26, median of 3 x 300).
 */
import sharp from 'sharp';
import { allThree, allThreeAndJpegs, augmentationCases, loadCrops } from './support/augmentation';
import { median } from './training/contestant';

const cropCount = 60;
const rounds = 9;
const peerCropsPerSecond: Readonly<Record<string, number>> = { [allThree]: 427, [allThreeAndJpegs]: 306 };

interface Measurement {
  readonly cropsPerSecond: number;
  readonly processorMs: number;
}

void main();

async function main(): Promise<void> {
  sharp.concurrency(1);
  const crops = await loadCrops(cropCount);
  const cases = augmentationCases();
  for (const { run } of cases) for (let i = 0; i < 5; i++) await run(crops);
  const measured = new Map<string, Measurement[]>(cases.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, run } of cases) measured.get(name)?.push(await measure(() => run(crops)));
  }
  const rows = [...measured].map(([name, list]) => rowOf(name, list));
  process.stdout.write(`${JSON.stringify(rows)}\n`);
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
