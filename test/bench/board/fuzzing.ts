import { fuzzDeployment } from '../../support/board/fuzz';
import { fuzzFileDeployment } from '../../support/board/repl-fuzz';

const sayEveryMs = 30_000;
/** Heap above that of the first half minute by which a leak would show. */
const growthLimitBytes = 96 << 20;

/** Deploys over lines on which anything comes from the board, for that long, through the ROM and the stub. A defect ends the bench with its seed. */
export function fuzzFlash(minutes: number): Promise<Record<string, string | number>[]> {
  return fuzzFor(minutes, 'deployments to the flash', async (seed) => {
    const { kind, code } = await fuzzDeployment(seed);
    return code ?? kind;
  });
}

/** The same with files, through the prompt of real MicroPython. */
export function fuzzFiles(minutes: number): Promise<Record<string, string | number>[]> {
  return fuzzFor(minutes, 'deployments of files through MicroPython', fuzzFileDeployment);
}

async function fuzzFor(minutes: number, what: string, deploy: (seed: number) => Promise<string>): Promise<Record<string, string | number>[]> {
  const startMs = performance.now();
  const outcomes = new Map<string, number>();
  let runs = 0;
  let firstHeap: number | undefined;
  let highestHeap = 0;
  let saidMs = startMs;
  for (; performance.now() - startMs < minutes * 60_000; runs++) {
    const end = await deploy(runs + 1);
    outcomes.set(end, (outcomes.get(end) ?? 0) + 1);
    if (performance.now() - saidMs < Math.min(sayEveryMs, minutes * 6000)) continue;
    saidMs = performance.now();
    const heap = usedHeapBytes();
    firstHeap ??= heap;
    highestHeap = Math.max(highestHeap, heap);
    process.stderr.write(`${runs + 1} deployments, heap ${(heap / 2 ** 20).toFixed(0)} MiB\n`);
  }
  const growth = highestHeap - (firstHeap ?? 0);
  return [
    { what: `fuzzed ${what} in ${minutes} min without a crash, a hang or a false "verified"`, outcome: runs, met: 'yes' },
    { what: 'their ends', outcome: [...outcomes].sort((a, b) => b[1] - a[1]).map(([end, count]) => `${end} ${count}`).join(', '), met: '' },
    { what: 'growth of the heap', outcome: `${(growth / 2 ** 20).toFixed(0)} MiB`, met: growth < growthLimitBytes ? 'yes' : 'no' },
  ];
}

/** After a collection where node was started with --expose-gc. */
function usedHeapBytes(): number {
  (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
