/** Space that is needed from the step that writes it to the last step that reads it. */
export interface SpacePart {
  readonly name: string;
  readonly size: number;
  readonly firstStep: number;
  readonly lastStep: number;
}

/** Parts that lie one directly behind the other. */
export type SpaceBlock = readonly SpacePart[];

export interface Allocation {
  /** Where each part starts. */
  readonly starts: ReadonlyMap<string, number>;
  /** Where the highest part ends. */
  readonly size: number;
}

/** With so few blocks every arrangement is tried that could be smaller than what was found. */
const fewBlocks = 8;
/** Placements of that search at most. */
const searchLimit = 300_000;

/**
 * Places blocks so that parts which live at the same time never overlap. It is as small as possible for few blocks, and where the
 * largest step alone decides, as it does in chains of layers; otherwise the best of some orders of first fit. The same blocks give the
 * same places.
 */
export function allocateSpace(blocks: readonly SpaceBlock[]): Allocation {
  const shapes = blocks.map(shapeOf);
  const smallest = largestStep(blocks);
  let best = { bases: [] as readonly number[], size: Infinity };
  for (const order of orders(shapes)) {
    const bases = firstFit(shapes, order);
    const size = sizeOf(shapes, bases);
    if (size < best.size) best = { bases, size };
    if (best.size <= smallest) break;
  }
  if (best.size > smallest && blocks.length <= fewBlocks) best = new ExactSearch(shapes, smallest, best).run();
  const starts = new Map(shapes.flatMap(({ parts }, block) => parts.map(({ name, offset }) => [name, (best.bases[block] ?? 0) + offset] as const)));
  return { starts, size: blocks.length === 0 ? 0 : best.size };
}

interface Shape {
  readonly parts: readonly (SpacePart & { readonly offset: number })[];
  readonly size: number;
  readonly firstStep: number;
  readonly steps: number;
}

function shapeOf(block: SpaceBlock): Shape {
  let size = 0;
  const parts = block.map((part) => {
    const offset = size;
    size += part.size;
    return { ...part, offset };
  });
  const firstStep = Math.min(...block.map((part) => part.firstStep));
  return { parts, size, firstStep, steps: Math.max(...block.map((part) => part.lastStep)) - firstStep + 1 };
}

/** What lives together at the fullest step: no arrangement is smaller. */
function largestStep(blocks: readonly SpaceBlock[]): number {
  const parts = blocks.flat();
  return parts.reduce((most, { firstStep: step }) => Math.max(most, parts.reduce((sum, part) => (part.firstStep <= step && step <= part.lastStep ? sum + part.size : sum), 0)), 0);
}

/** Orders in which first fit is tried: as given, and the largest, longest and bulkiest first. */
function orders(shapes: readonly Shape[]): number[][] {
  const given = shapes.map((_, i) => i);
  const by = (weight: (shape: Shape) => number): number[] => [...given].sort((a, b) => weight(shapes[b] as Shape) - weight(shapes[a] as Shape) || a - b);
  return [given, by(({ size }) => size), by(({ size, steps }) => size * steps), by(({ steps }) => steps), by(({ firstStep }) => -firstStep)];
}

function firstFit(shapes: readonly Shape[], order: readonly number[]): number[] {
  const bases = new Array<number>(shapes.length).fill(NaN);
  const placed: number[] = [];
  for (const block of order) {
    bases[block] = possibleBases(shapes, bases, placed, block)[0] ?? NaN;
    placed.push(block);
  }
  return bases;
}

function sizeOf(shapes: readonly Shape[], bases: readonly number[]): number {
  return shapes.reduce((most, { size }, i) => Math.max(most, (bases[i] ?? 0) + size), 0);
}

/** Free places of a block that lie at the start or touch what is placed already from above, the lowest first. */
function possibleBases(shapes: readonly Shape[], bases: readonly number[], placed: readonly number[], block: number): number[] {
  const { parts } = shapes[block] as Shape;
  const neighbours = placed.flatMap((other) => (shapes[other] as Shape).parts.flatMap((theirs) => parts.filter((part) => livesTogether(part, theirs))
    .map((part) => ({ offset: part.offset, size: part.size, from: (bases[other] as number) + theirs.offset, to: (bases[other] as number) + theirs.offset + theirs.size }))));
  const candidates = [...new Set([0, ...neighbours.map(({ to, offset }) => to - offset)])].filter((base) => base >= 0).sort((a, b) => a - b);
  return candidates.filter((base) => neighbours.every(({ offset, size, from, to }) => base + offset + size <= from || to <= base + offset));
}

function livesTogether(a: SpacePart, b: SpacePart): boolean {
  return a.firstStep <= b.lastStep && b.firstStep <= a.lastStep;
}

/**
 * Tries all orders, and all places that touch something from above: a smallest arrangement pushed down as far as it goes is among them.
 */
class ExactSearch {
  private readonly bases: number[];
  private placements = 0;

  constructor(private readonly shapes: readonly Shape[], private readonly smallest: number, private best: { bases: readonly number[]; size: number }) {
    this.bases = new Array<number>(shapes.length).fill(NaN);
  }

  run(): { bases: readonly number[]; size: number } {
    this.place([], 0);
    return this.best;
  }

  private place(placed: readonly number[], size: number): void {
    if (placed.length === this.shapes.length) {
      this.best = { bases: [...this.bases], size };
      return;
    }
    for (const [block, shape] of this.shapes.entries()) {
      if (placed.includes(block)) continue;
      for (const base of possibleBases(this.shapes, this.bases, placed, block)) {
        if (this.best.size <= this.smallest || this.placements++ > searchLimit) return;
        const larger = Math.max(size, base + shape.size);
        if (larger >= this.best.size) break;
        this.bases[block] = base;
        this.place([...placed, block], larger);
      }
    }
  }
}
