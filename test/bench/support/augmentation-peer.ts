import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import type { RgbImage } from '../../../src/dataset/photos/rgb-image';
import { Contestant, median } from '../training/contestant';
import { allThree, allThreeAndJpegs, augmentationCases, loadCrops, type AugmentationCase } from './augmentation';
import { rounded, type Measured } from './measured';

const python = process.env['MOBILEFACENET_PYTHON'] ?? 'python3';
const driver = path.join('test', 'bench', 'support', 'augment_peer.py');
const cropCount = 120;
/** The first passes compile loops and fill caches. */
const warmUpPasses = 3;
/** How many times as fast as the peer. */
const wantedTimes: Readonly<Record<string, number>> = { [allThree]: 5, [allThreeAndJpegs]: 3 };

interface Times {
  readonly ms: number;
  readonly cpuMs: number;
}

/** Crops/s on one thread, and how many times as fast as OpenCV and scikit-image where Python has them: the median over rounds in turn. */
export async function measureAugmentation(rounds: number): Promise<Measured[]> {
  sharp.concurrency(1);
  const folder = await mkdtemp(path.join(tmpdir(), 'augment-bench-'));
  try {
    const crops = await loadCrops(cropCount);
    const file = path.join(folder, 'crops.rgb');
    await writeFile(file, Buffer.concat(crops.map(({ data }) => data)));
    const measured: Measured[] = [];
    for (const one of augmentationCases().filter(({ name }) => name in wantedTimes)) measured.push(...(await compareWithPeer(one, crops, file, rounds)));
    return measured;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function compareWithPeer({ name, run }: AugmentationCase, crops: readonly RgbImage[], file: string, rounds: number): Promise<Measured[]> {
  const started = await Contestant.start('OpenCV and scikit-image', python, [driver, file, ...(name === allThreeAndJpegs ? ['--jpegs'] : [])]);
  try {
    const peer = started?.contestant;
    for (let i = 0; i < warmUpPasses; i++) await run(crops);
    await peer?.round(1);
    const own: Times[] = [];
    for (let round = 0; round < rounds; round++) {
      own.push(await timesOf(() => run(crops)));
      peer?.rounds.push(await peer.round(1));
    }
    const rate = (ms: readonly number[]): number => Math.round((crops.length * 1000) / median(ms));
    const ownRate: Measured = { what: `augmentation, ${name}`, value: rate(own.map(({ ms }) => ms)), unit: 'crops/s' };
    if (!peer) return [ownRate];
    const ratio = (time: keyof Times): number => rounded(median(peer.rounds.map((round, i) => round[time] / (own[i]?.[time] ?? NaN))), 2);
    return [
      ownRate,
      { what: `augmentation, ${name}: ${started.readiness.ready}`, value: rate(peer.rounds.map(({ ms }) => ms)), unit: 'crops/s' },
      { what: `augmentation, ${name}: ratio`, value: ratio('ms'), unit: 'times', wanted: { atLeast: wantedTimes[name] ?? 1 } },
      { what: `augmentation, ${name}: ratio by processor time`, value: ratio('cpuMs'), unit: 'times' },
    ];
  } finally {
    started?.contestant.close();
  }
}

async function timesOf(run: () => Promise<unknown>): Promise<Times> {
  const processor = process.cpuUsage();
  const startMs = performance.now();
  await run();
  const ms = performance.now() - startMs;
  const { user, system } = process.cpuUsage(processor);
  return { ms, cpuMs: (user + system) / 1000 };
}
