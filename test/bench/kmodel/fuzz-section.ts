import { parentPort, Worker, workerData } from 'node:worker_threads';
import { SeededRandom } from '../../../src/base/random';
import { damaged, damagedFacts, seedFiles, useFacts, useFile, type Outcome } from '../../support/kmodel/hostile-files';
import { everyLayerProgram } from '../../support/kmodel/every-layer';
import { rounded, type Measured } from '../support/measured';
import type { SectionOptions } from './section';

/** A file that takes more processor time has hung: the bench may run beside other work. */
const fileLimitMs = 20_000;
/** So has one that takes this long without computing. */
const idleLimitMs = 600_000;
const pollMs = 250;
/** More than this is an allocation that a file's claims have blown up. */
const largestMemoryMb = 1500;
const filesPerReport = 50;
/** One in so many cases is a side-car. */
const factsEvery = 8;

interface FuzzTask {
  readonly fuzz: { readonly seed: number; readonly endMs: number; readonly first: number };
}

type FuzzMessage =
  | { readonly kind: 'begun'; readonly index: number }
  | { readonly kind: 'done'; readonly counts: Readonly<Record<Outcome, number>> }
  | { readonly kind: 'crashed'; readonly index: number; readonly error: string };

type Totals = Record<Outcome | 'crashed' | 'hung', number>;

/** Damaged files until the time is over; the thread that reads them is replaced when it crashes or hangs. */
export async function measureFuzzing({ minutes, seed }: SectionOptions): Promise<Measured[]> {
  const totals: Totals = { read: 0, 'read, not run': 0, refused: 0, crashed: 0, hung: 0 };
  const endMs = Date.now() + minutes * 60_000;
  for (let first = 0; Date.now() < endMs; ) first = await fuzzInThread({ fuzz: { seed, endMs, first } }, totals);
  const memoryMb = process.resourceUsage().maxRSS / 1024;
  return [
    { what: `fuzz, ${minutes} minutes: damaged files refused`, value: totals.refused, unit: 'files' },
    { what: 'fuzz: damaged files read and run', value: totals.read, unit: 'files' },
    { what: 'fuzz: damaged files read, then refused by the simulator', value: totals['read, not run'], unit: 'files' },
    { what: 'fuzz: crashes', value: totals.crashed, unit: 'files', wanted: { below: 1 } },
    { what: `fuzz: files that took more than ${fileLimitMs / 1000} s of the processor`, value: totals.hung, unit: 'files', wanted: { below: 1 } },
    { what: 'fuzz: largest memory of the process', value: rounded(memoryMb, 0), unit: 'MB', wanted: { below: largestMemoryMb } },
  ];
}

/** @returns the number of the next case */
function fuzzInThread(task: FuzzTask, totals: Totals): Promise<number> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(__filename, { workerData: task });
    let running = task.fuzz.first;
    let begun = clocks();
    const watch = setInterval(() => {
      const { processorMs, wallMs } = clocks();
      if (processorMs - begun.processorMs < fileLimitMs && wallMs - begun.wallMs < idleLimitMs) return;
      totals.hung++;
      process.stderr.write(`case ${running} hangs\n`);
      clearInterval(watch);
      void worker.terminate();
    }, pollMs);
    worker.on('message', (message: FuzzMessage) => {
      if (message.kind === 'begun') [running, begun] = [message.index, clocks()];
      else if (message.kind === 'done') for (const outcome of Object.keys(message.counts) as Outcome[]) totals[outcome] += message.counts[outcome];
      else {
        totals.crashed++;
        process.stderr.write(`case ${message.index}: ${message.error}\n`);
      }
    });
    worker.on('error', reject);
    worker.on('exit', () => {
      clearInterval(watch);
      resolve(running + 1);
    });
  });
}

function clocks(): { readonly processorMs: number; readonly wallMs: number } {
  const { user, system } = process.cpuUsage();
  return { processorMs: (user + system) / 1000, wallMs: Date.now() };
}

/** Runs in a thread of its own when the bench's own file was started as one. @returns whether it was */
export function fuzzIfThread(): boolean {
  const task = workerData as FuzzTask | null;
  if (!task?.fuzz) return false;
  const { seed, endMs, first } = task.fuzz;
  const files = seedFiles(true);
  const program = everyLayerProgram(new SeededRandom(seed, 'facts'), 8);
  const report = (message: FuzzMessage): void => parentPort?.postMessage(message);
  let counts: Record<Outcome, number> = { read: 0, 'read, not run': 0, refused: 0 };
  for (let index = first; Date.now() < endMs; index++) {
    report({ kind: 'begun', index });
    try {
      counts[useCase(index, seed)]++;
    } catch (error) {
      report({ kind: 'crashed', index, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
    if (index % filesPerReport === 0) {
      report({ kind: 'done', counts });
      counts = { read: 0, 'read, not run': 0, refused: 0 };
    }
  }
  report({ kind: 'done', counts });
  return true;

  function useCase(index: number, of: number): Outcome {
    const random = new SeededRandom(of, 'fuzz', index);
    if (index % factsEvery === 0) return useFacts(damagedFacts(random), program);
    return useFile(damaged(random.pick(files).bytes, files, random));
  }
}
