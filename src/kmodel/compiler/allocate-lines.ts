import { UserError } from '../../base/user-error';
import { kpuLineBytes, kpuLineCount } from '../simulator/kpu-memory';
import { allocateSpace } from './allocate-space';

/** Lines that must be free from the step that writes them to the last step that reads them. */
export interface LinePart {
  readonly name: string;
  readonly lines: number;
  readonly firstStep: number;
  readonly lastStep: number;
}

/** Parts that lie one directly behind the other, so that one convolution reads them as one map. */
export type LineBlock = readonly LinePart[];

/**
 * Gives every map its place in KPU memory.
 * @returns the first line of each part
 * @throws UserError naming the layer at which the 2 MiB of the KPU do not suffice
 */
export function allocateLines(blocks: readonly LineBlock[]): ReadonlyMap<string, number> {
  const { starts } = allocateSpace(blocks.map((block) => block.map(({ lines, ...part }) => ({ ...part, size: lines }))));
  const beyond = blocks.flat().map((part) => ({ ...part, end: (starts.get(part.name) ?? 0) + part.lines })).filter(({ end }) => end > kpuLineCount);
  const [first] = beyond.sort((a, b) => a.firstStep - b.firstStep);
  if (first) {
    const mebibytes = (lines: number): string => ((lines * kpuLineBytes) / 1024 / 1024).toFixed(1);
    throw new UserError(
      `Layer ${first.name} needs KPU memory up to line ${first.end} of ${kpuLineCount} (${mebibytes(first.end)} of ${mebibytes(kpuLineCount)} MiB).`,
      'Use a smaller input or a narrower network (alpha).',
    );
  }
  return starts;
}
