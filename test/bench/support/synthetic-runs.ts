import { mkdir, open, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { SeededRandom } from '../../../src/base/random';
import type { RunEvent, RunRecord } from '../../../src/protocol/run';
import { runFiles } from '../../../src/protocol/run-files';
import { testEvaluation, testRecord } from '../../support/run-samples';

const stepsPerEpoch = 173;
const stepMs = 350;
const startMs = 1_700_000_000_000;

/** A run folder with so many steps: a noisy loss that falls, a checkpoint and a verification every ten epochs. */
export async function writeSyntheticRun(folder: string, steps: number, { seed, state }: { readonly seed: number; readonly state: RunRecord['state'] }): Promise<void> {
  await mkdir(folder, { recursive: true });
  const record = testRecord({ name: path.basename(folder), state, stepsPerEpoch, lastStep: state === 'running' ? 2 * steps : steps, createdAt: new Date(startMs + seed).toISOString() });
  await writeFile(path.join(folder, runFiles.record), JSON.stringify(record));
  if (state === 'running') await writeFile(path.join(folder, runFiles.lock), JSON.stringify({ pid: process.pid, hostName: hostname(), startedAt: new Date().toISOString(), heartbeatMs: Date.now() + 3_600_000 }));
  const random = new SeededRandom(seed);
  const handle = await open(path.join(folder, runFiles.events), 'w');
  try {
    let lines: string[] = [line({ kind: 'start', step: 0, timeMs: startMs, head: 'softmax', resumed: false })];
    for (let step = 1; step <= steps; step++) {
      lines.push(line(syntheticStep(step, random)));
      const timeMs = startMs + step * stepMs + 20;
      if (step % (10 * stepsPerEpoch) === 0) lines.push(line({ ...testEvaluation(step, 1 - 0.4 * Math.exp(-step / steps)), timeMs }), line({ kind: 'checkpoint', step, timeMs }));
      if (lines.length < 5000) continue;
      await handle.write(lines.join(''));
      lines = [];
    }
    await handle.write(lines.join(''));
  } finally {
    await handle.close();
  }
}

/** A step as a job writes it: float32 figures with all their digits. */
export function syntheticStep(step: number, random: SeededRandom): Extract<RunEvent, { kind: 'step' }> {
  const noise = 0.6 + 0.8 * random.uniform();
  return {
    kind: 'step', step, timeMs: startMs + step * stepMs + Math.floor(random.uniform() * 20), epoch: Math.floor((step - 1) / stepsPerEpoch),
    loss: Math.fround((0.2 + 4.8 * Math.exp(-step / 20_000)) * noise), accuracy: Math.round(128 * (1 - Math.exp(-step / 30_000)) * random.uniform()) / 128,
    learningRate: 1e-3, margin: 0, imagesPerSecond: Math.fround(340 + 20 * random.uniform()), dataShare: Math.fround(0.1 * random.uniform()),
    memoryBytes: 2_000_000_000 + 4096 * Math.floor(10 * random.uniform()), gradientNorm: Math.fround(1 + random.uniform()),
  };
}

function line(event: RunEvent): string {
  return `${JSON.stringify(event)}\n`;
}
