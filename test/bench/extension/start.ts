import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Workbench } from '../../support/workbench';
import type { ProcessMemory } from '../../support/workbench-server';
import { rounded, type Measured } from '../support/measured';
import { median } from '../training/contestant';
import { emptyEntry, measuredEntry, readStartCost, type StartCost } from './measured-entry';

/** Time after which the start of the window no longer shows in the memory. */
const settleMs = 10_000;

interface Start {
  /** As the editor measures it, with everything that it and others do meanwhile. */
  readonly activationMs: number;
  readonly cost: StartCost;
  readonly memory: ProcessMemory;
}

/**
 * The start of the extension in an empty folder with its views open, and the memory of the process that runs all extensions, with the
 * extension's code and without it in turn; each the median of so many windows.
 */
export async function measureStart(rounds: number): Promise<Measured[]> {
  const starts: Start[] = [];
  const bases: ProcessMemory[] = [];
  for (let round = 0; round < rounds; round++) {
    bases.push(await measureBase());
    starts.push(await measureOnce());
  }
  const of = (values: readonly number[], digits = 0): number => rounded(median(values), digits);
  const megabytes = (memory: readonly ProcessMemory[], kind: keyof ProcessMemory): number => of(memory.map((each) => each[kind] / 1e6));
  const memories = starts.map(({ memory }) => memory);
  const own = (kind: keyof ProcessMemory): number => of(memories.map((memory, round) => (memory[kind] - (bases[round] as ProcessMemory)[kind]) / 1e6));
  return [
    { what: 'activation as the editor measures it', value: of(starts.map(({ activationMs }) => activationMs)), unit: 'ms', wanted: { below: 100 } },
    { what: 'of this, processor time of the extension', value: of(starts.map(({ cost }) => cost.loadProcessorMs + cost.activateProcessorMs), 1), unit: 'ms', wanted: { below: 100 } },
    { what: '  loading its code', value: of(starts.map(({ cost }) => cost.loadProcessorMs), 1), unit: 'ms' },
    { what: '  activating', value: of(starts.map(({ cost }) => cost.activateProcessorMs), 1), unit: 'ms' },
    { what: 'memory of the extension host', value: megabytes(memories, 'residentBytes'), unit: 'MB', wanted: { below: 150 } },
    { what: '  without the extension\'s code', value: megabytes(bases, 'residentBytes'), unit: 'MB' },
    { what: '  the extension', value: own('residentBytes'), unit: 'MB' },
    { what: 'private memory of the extension host', value: megabytes(memories, 'privateBytes'), unit: 'MB', wanted: { below: 150 } },
    { what: '  without the extension\'s code', value: megabytes(bases, 'privateBytes'), unit: 'MB' },
    { what: '  the extension', value: own('privateBytes'), unit: 'MB' },
  ];
}

async function measureOnce(): Promise<Start> {
  const folder = await mkdtemp(path.join(tmpdir(), 'extension-bench-'));
  const file = path.join(folder, 'start.json');
  try {
    return await inWindow(measuredEntry(file), async (workbench) => {
      await workbench.page.getByRole('button', { name: 'Try the Sample' }).first().waitFor();
      const activationMs = await workbench.activationMs();
      return { activationMs, cost: await readStartCost(file), memory: await settledMemory(workbench) };
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The same window, with the same editor in front. */
function measureBase(): Promise<ProcessMemory> {
  return inWindow(emptyEntry, async (workbench) => {
    await workbench.activationMs();
    return settledMemory(workbench);
  });
}

async function inWindow<T>(entry: string, measure: (workbench: Workbench) => Promise<T>): Promise<T> {
  const workspace = await mkdtemp(path.join(tmpdir(), 'extension-bench-'));
  const workbench = await Workbench.open(workspace, { entry });
  try {
    await workbench.openViewContainer('MobileFaceNet Studio');
    return await measure(workbench);
  } finally {
    await workbench.close();
    await rm(workspace, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

async function settledMemory(workbench: Workbench): Promise<ProcessMemory> {
  await sleep(settleMs);
  const memory = workbench.extensionHostMemory;
  if (memory === undefined) throw new Error('The editor runs no extensions.');
  return memory;
}
