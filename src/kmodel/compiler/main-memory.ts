import { memoryAccesses } from '../memory-accesses';
import type { Layer, Program } from '../v3/program';
import { allocateSpace } from './allocate-space';

const alignmentBytes = 8;

interface Piece {
  readonly offset: number;
  readonly bytes: number;
}

/** Fields of layers that hold addresses in main memory. */
const addressFields = ['input', 'inputA', 'inputB', 'output', 'mainMemoryOutput'] as const;

/**
 * Hands out the work buffer piece by piece, as if it had no end; `compact` then lets pieces that do not live at the same time share
 * their bytes.
 */
export class MainMemory {
  private readonly pieces: Piece[] = [];

  /** Bytes handed out so far. */
  get sizeBytes(): number {
    const last = this.pieces.at(-1);
    return last ? last.offset + last.bytes : 0;
  }

  /** @returns the offset of `bytes` bytes, at a multiple of 8 */
  take(bytes: number): number {
    const offset = this.sizeBytes;
    this.pieces.push({ offset, bytes: Math.max(1, Math.ceil(bytes / alignmentBytes)) * alignmentBytes });
    return offset;
  }

  /** The program with its pieces moved together. */
  compact(program: Program): Program {
    const { starts, size } = allocateSpace(this.pieces.flatMap((piece, i) => {
      const steps = stepsOf(program, piece);
      return steps.length === 0 ? [] : [[{ name: String(i), size: piece.bytes / alignmentBytes, firstStep: Math.min(...steps), lastStep: Math.max(...steps) }]];
    }));
    const moved = (address: number): number => {
      const i = this.pieces.findIndex(({ offset, bytes }) => offset <= address && address < offset + bytes);
      const piece = this.pieces[i];
      if (!piece) throw new RangeError(`Address ${address} was not handed out`);
      return (starts.get(String(i)) ?? 0) * alignmentBytes + address - piece.offset;
    };
    return {
      ...program, mainMemoryBytes: size * alignmentBytes, layers: program.layers.map((layer) => movedLayer(layer, moved)),
      outputs: program.outputs.map((output) => ({ ...output, addressBytes: moved(output.addressBytes) })),
    };
  }
}

/** Steps that touch a piece; that behind the last layer reads the outputs. */
function stepsOf({ layers, outputs }: Program, { offset, bytes }: Piece): number[] {
  const touches = (fromByte: number, toByte: number): boolean => fromByte < offset + bytes && offset < toByte;
  const steps = layers.flatMap((layer, step) => {
    const { reads, writes } = memoryAccesses(layer);
    return [...reads, ...writes].some(({ memory, fromByte, toByte }) => memory === 'main' && touches(fromByte, toByte)) ? [step] : [];
  });
  return outputs.some(({ addressBytes, sizeBytes }) => touches(addressBytes, addressBytes + sizeBytes)) ? [...steps, layers.length] : steps;
}

function movedLayer(layer: Layer, moved: (address: number) => number): Layer {
  const values: Readonly<Record<string, unknown>> = { ...layer };
  const usesMain = layer.kind !== 'conv' || memoryAccesses(layer).writes.some(({ memory }) => memory === 'main');
  const fields = Object.fromEntries(addressFields.filter((field) => usesMain && field in values).map((field) => [field, moved(values[field] as number)]));
  const inputs = 'inputs' in layer ? { inputs: layer.inputs.map(({ start, sizeBytes }) => ({ start: moved(start), sizeBytes })) } : {};
  return { ...layer, ...fields, ...inputs } as Layer;
}
