import { availableParallelism } from 'node:os';
import { SimulationPool } from '../../../src/kmodel/simulation-pool';
import { rounded, type Measured } from '../support/measured';
import { median } from '../training/contestant';
import { randomCrops, randomModel, type RandomModel } from './random-models';
import type { SectionOptions } from './section';

const wantedPhotosPerSecond = 10;

/** Photos per second through the simulator, in one thread and in one for each core, and whether both give the same embeddings. */
export async function measureSimulator(options: SectionOptions): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (const model of [randomModel('paper', 8), randomModel('paper', 16), randomModel('k210-s', 8)]) measured.push(...(await measureModel(model, options)));
  return measured;
}

async function measureModel(model: RandomModel, options: SectionOptions): Promise<Measured[]> {
  const cores = availableParallelism();
  const one = await measureThreads(model, 1, options);
  const all = await measureThreads(model, cores, options);
  const different = one.embeddings.reduce((count, value, i) => count + (Object.is(value, all.embeddings[i]) ? 0 : 1), 0);
  return [
    { what: `simulator, one thread: ${model.title}`, value: one.photosPerSecond, unit: 'photos/s' },
    { what: `simulator, ${cores} threads: ${model.title}`, value: all.photosPerSecond, unit: 'photos/s', wanted: { atLeast: wantedPhotosPerSecond } },
    { what: `simulator, numbers that differ between runs: ${model.title}`, value: different, unit: 'numbers', wanted: { below: 1 } },
  ];
}

async function measureThreads({ title, compiled, facts }: RandomModel, workers: number, { photos, rounds, seed }: SectionOptions): Promise<{ photosPerSecond: number; embeddings: Float32Array }> {
  const pool = new SimulationPool({ program: compiled.program, facts, file: title }, { workers });
  try {
    const crops = randomCrops(photos, seed);
    let embeddings = await pool.embed(crops, photos);
    const rates: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const startMs = performance.now();
      embeddings = await pool.embed(crops, photos);
      rates.push((photos * 1000) / (performance.now() - startMs));
    }
    return { photosPerSecond: rounded(median(rates), 1), embeddings };
  } finally {
    await pool.close();
  }
}
