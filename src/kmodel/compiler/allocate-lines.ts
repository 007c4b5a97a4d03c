import { UserError } from '../../base/user-error';
import { kpuLineCount } from '../simulator/kpu-memory';

/** Lines that must be free from the step that writes them to the last step that reads them. */
export interface LinePart {
  readonly name: string;
  readonly lines: number;
  readonly firstStep: number;
  readonly lastStep: number;
}

/** Parts that lie one directly behind the other, so that one convolution reads them as one map. */
export type LineBlock = readonly LinePart[];

interface Placed extends LinePart {
  readonly line: number;
}

/**
 * First fit in the order of blocks: each at the lowest line where none of its parts meets another that lives at the same time.
 * @returns the first line of each part
 * @throws UserError when the 2 MiB of the KPU do not suffice
 */
export function allocateLines(blocks: readonly LineBlock[]): ReadonlyMap<string, number> {
  const placed: Placed[] = [];
  for (const block of blocks) {
    const base = lowestBase(block, placed);
    let line = base;
    for (const part of block) {
      placed.push({ ...part, line });
      line += part.lines;
    }
    if (line > kpuLineCount) {
      throw new UserError(`Layer ${block[0]?.name ?? ''} needs KPU memory up to line ${line} of ${kpuLineCount}.`, 'Use a smaller input or a narrower network (alpha).');
    }
  }
  return new Map(placed.map(({ name, line }) => [name, line]));
}

function lowestBase(block: LineBlock, placed: readonly Placed[]): number {
  // Only right behind something placed, or at the start, can the lowest place be.
  const offsets = block.reduce<number[]>((starts, part, i) => [...starts, (starts[i] ?? 0) + part.lines], [0]);
  const candidates = [0, ...placed.flatMap(({ line, lines }) => block.map((_, i) => line + lines - (offsets[i] ?? 0)))].filter((line) => line >= 0).sort((a, b) => a - b);
  const isFree = (base: number): boolean => block.every((part, i) => {
    const start = base + (offsets[i] ?? 0);
    return placed.every((other) => !livesTogether(part, other) || start + part.lines <= other.line || other.line + other.lines <= start);
  });
  const base = candidates.find(isFree);
  if (base === undefined) throw new Error('Behind everything there is always a free place');
  return base;
}

function livesTogether(a: LinePart, b: LinePart): boolean {
  return a.firstStep <= b.lastStep && b.firstStep <= a.lastStep;
}
