import { inputRange, memoryAccesses, type MemoryKind, type MemoryRange } from './memory-accesses';
import type { Program } from './v3/program';

/** Bytes that hold one result, and how long: a rectangle of the memory map. */
export interface MemoryBuffer extends MemoryRange {
  /** Step that writes it: number of the layer; -1 is the input. */
  readonly birth: number;
  /** Last step that reads it; as many as there are layers: an output. That of its birth when nothing reads it. */
  readonly death: number;
}

/** Both memories over the steps of a run. */
export interface MemoryMap {
  readonly steps: number;
  /** In order of birth. */
  readonly buffers: readonly MemoryBuffer[];
}

/** A buffer that may still be read, with those of its bytes that nothing was written over. */
interface OpenBuffer {
  readonly buffer: { -readonly [K in keyof MemoryBuffer]: MemoryBuffer[K] };
  readonly left: readonly MemoryRange[];
}

/** Follows a program through its memories: every write begins a buffer, which lives until it is read for the last time. */
export function memoryMap({ layers, outputs }: Program): MemoryMap {
  const buffers: OpenBuffer['buffer'][] = [];
  let open: OpenBuffer[] = [];
  const write = (range: MemoryRange, birth: number): void => {
    const buffer = { ...range, birth, death: birth };
    open = open.map((other) => ({ ...other, left: other.left.flatMap((part) => without(part, range)) })).filter(({ left }) => left.length > 0);
    open.push({ buffer, left: [range] });
    buffers.push(buffer);
  };
  const read = (range: MemoryRange, step: number): void => {
    for (const { buffer, left } of open) if (left.some((part) => overlap(part, range))) buffer.death = step;
  };
  const input = inputRange(layers[0]);
  if (input) write(input, -1);
  layers.forEach((layer, step) => {
    const { reads, writes } = memoryAccesses(layer);
    for (const range of reads) read(range, step);
    for (const range of writes) write(range, step);
  });
  for (const { addressBytes, sizeBytes } of outputs) read({ memory: 'main', fromByte: addressBytes, toByte: addressBytes + sizeBytes }, layers.length);
  return { steps: layers.length, buffers };
}

function overlap(a: MemoryRange, b: MemoryRange): boolean {
  return a.memory === b.memory && a.fromByte < b.toByte && b.fromByte < a.toByte;
}

/** What is left of bytes when others are written over. */
function without(part: MemoryRange, written: MemoryRange): MemoryRange[] {
  if (!overlap(part, written)) return [part];
  const left = [{ ...part, toByte: written.fromByte }, { ...part, fromByte: written.toByte }];
  return left.filter(({ fromByte, toByte }) => fromByte < toByte);
}

/** Bytes that are needed at a time, at the fullest step. */
export function memoryBytes({ buffers }: MemoryMap, memory: MemoryKind): number {
  const own = buffers.filter((buffer) => buffer.memory === memory);
  const neededAt = (step: number): number => own.reduce((sum, { birth, death, fromByte, toByte }) => (birth <= step && step <= death ? sum + toByte - fromByte : sum), 0);
  return own.reduce((most, { birth }) => Math.max(most, neededAt(birth)), 0);
}

/**
 * A memory over time as text, one bar for each step: `#` is written, `=` is read, `-` is kept for later, `.` is free.
 * @param bytes size of the memory
 * @param columns characters of a bar
 */
export function memoryBars({ buffers, steps }: MemoryMap, memory: MemoryKind, bytes: number, columns: number, readsOf: (step: number) => readonly MemoryRange[]): string[] {
  const own = buffers.filter((buffer) => buffer.memory === memory);
  return Array.from({ length: steps }, (_, step) => {
    const characters = new Array<string>(columns).fill('.');
    const paint = ({ fromByte, toByte }: MemoryRange, character: string): void => {
      for (let i = Math.floor((fromByte * columns) / bytes); i < Math.min(columns, Math.ceil((toByte * columns) / bytes)); i++) characters[i] = character;
    };
    for (const buffer of own) if (buffer.birth < step && step <= buffer.death) paint(buffer, '-');
    for (const range of readsOf(step)) if (range.memory === memory) paint(range, '=');
    for (const buffer of own) if (buffer.birth === step) paint(buffer, '#');
    return characters.join('');
  });
}
