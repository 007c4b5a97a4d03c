import { fuzzDeployment } from '../../support/board/fuzz';

const sayEveryMs = 30_000;
/** Heap above that of the first half minute by which a leak would show. */
const growthLimitBytes = 96 << 20;

/** Deploys over lines on which anything comes from the board, for that long. A defect ends the bench with its seed. */
export async function fuzzFor(minutes: number): Promise<Record<string, string | number>[]> {
  const startMs = performance.now();
  const outcomes = new Map<string, number>();
  let runs = 0;
  let firstHeap: number | undefined;
  let highestHeap = 0;
  let saidMs = startMs;
  for (; performance.now() - startMs < minutes * 60_000; runs++) {
    const { kind, code } = await fuzzDeployment(runs + 1);
    outcomes.set(code ?? kind, (outcomes.get(code ?? kind) ?? 0) + 1);
    if (performance.now() - saidMs < Math.min(sayEveryMs, minutes * 6000)) continue;
    saidMs = performance.now();
    const heap = usedHeapBytes();
    firstHeap ??= heap;
    highestHeap = Math.max(highestHeap, heap);
    process.stderr.write(`${runs + 1} deployments, heap ${(heap / 2 ** 20).toFixed(0)} MiB\n`);
  }
  const growth = highestHeap - (firstHeap ?? 0);
  return [
    { what: `fuzzed deployments in ${minutes} min without a crash, a hang or a false "verified"`, outcome: runs, met: 'yes' },
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
