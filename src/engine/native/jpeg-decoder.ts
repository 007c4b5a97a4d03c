import type { AttrValue, GraphDef, GraphNode } from '../../network/graph/graph-def';
import type { GraphSession } from '../engine';
import { PictureError } from '../picture-error';

/** Pictures per run. TensorFlow keeps one prepared executor for each, so there are few. */
const slotCounts = [64, 16, 4, 1] as const;
type SlotCount = (typeof slotCounts)[number];

const channels = 3;

/**
 * Decodes JPEGs of one size in parallel with TensorFlow's DecodeJpeg, dct_method INTEGER_ACCURATE (bit-exact on every machine).
 * @returns uint8 [pictures, size, size, 3]
 * @throws PictureError about the first picture of a group that cannot be decoded or has another size
 */
export async function decodeJpegs(session: GraphSession, pictures: readonly Uint8Array[], size: number): Promise<Uint8Array> {
  const pictureBytes = size * size * channels;
  const decoded = new Uint8Array(pictures.length * pictureBytes);
  for (let start = 0; start < pictures.length; ) {
    const remaining = pictures.length - start;
    const count = slotCounts.find((slots) => slots <= remaining) ?? 1;
    const pixels = await decodeGroup(session, pictures, start, count, size);
    decoded.set(pixels, start * pictureBytes);
    start += count;
  }
  return decoded;
}

async function decodeGroup(session: GraphSession, pictures: readonly Uint8Array[], start: number, count: SlotCount, size: number): Promise<Uint8Array> {
  const group = pictures.slice(start, start + count);
  try {
    const [packed] = await session.run({ [inputName(count)]: { dtype: 'string', shape: [count], data: group } }, [outputName(count)]);
    if (packed?.data instanceof Uint8Array && packed.shape.join() === [count, size, size, channels].join()) return packed.data;
  } catch (error) {
    await explainBadPicture(session, group, start, size);
    throw error;
  }
  await explainBadPicture(session, group, start, size);
  throw new Error(`Pictures ${start} to ${start + count - 1} could not be decoded`);
}

/** Decodes one by one. @throws PictureError about the first bad picture, if there is one */
async function explainBadPicture(session: GraphSession, group: readonly Uint8Array[], start: number, size: number): Promise<void> {
  for (const [offset, picture] of group.entries()) {
    const index = start + offset;
    const [pixels] = await session.run({ [inputName(1)]: { dtype: 'string', shape: [1], data: [picture] } }, [outputName(1)]).catch((error: unknown) => {
      throw new PictureError(index, `cannot be decoded: ${error instanceof Error ? firstLine(error.message) : String(error)}`, { cause: error });
    });
    const [, height, width] = pixels?.shape ?? [];
    if (height !== size || width !== size) throw new PictureError(index, `has ${width} x ${height} pixels, not ${size} x ${size}`);
  }
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text;
}

function inputName(count: SlotCount): string {
  return `jpegs_${count}`;
}

function outputName(count: SlotCount): string {
  return `pixels_${count}`;
}

/** One sub-graph per slot count: strings [n] -> DecodeJpeg n times -> uint8 [n, height, width, 3]. */
export function jpegDecoderGraph(): GraphDef {
  return { nodes: slotCounts.flatMap(slotNodes) };
}

function slotNodes(count: SlotCount): GraphNode[] {
  const input = inputName(count);
  const unpack = `${input}/unpack`;
  const decodeNodes = Array.from({ length: count }, (_, slot): GraphNode => ({
    name: `${input}/decode_${slot}`,
    op: 'DecodeJpeg',
    inputs: [slot === 0 ? unpack : `${unpack}:${slot}`],
    attrs: { channels: int(channels), dct_method: { kind: 'string', value: 'INTEGER_ACCURATE' } },
  }));
  return [
    { name: input, op: 'Placeholder', inputs: [], attrs: { dtype: { kind: 'type', value: 'string' }, shape: { kind: 'shape', value: [count] } } },
    { name: unpack, op: 'Unpack', inputs: [input], attrs: { T: { kind: 'type', value: 'string' }, num: int(count), axis: int(0) } },
    ...decodeNodes,
    {
      name: outputName(count), op: 'Pack', inputs: decodeNodes.map((node) => node.name),
      attrs: { T: { kind: 'type', value: 'uint8' }, N: int(count), axis: int(0) },
    },
  ];
}

function int(value: number): AttrValue {
  return { kind: 'int', value };
}
