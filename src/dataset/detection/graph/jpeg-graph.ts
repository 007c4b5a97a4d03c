import { GraphBuilder, type GraphTensor } from '../../../network/graph/graph-builder';
import type { AttrValue, GraphDef, HostTensor } from '../../../network/graph/graph-def';

/** How much smaller TensorFlow decodes a JPEG: whole inverse transforms of 8, 4, 2 or 1 coefficients a side. */
export const decodeRatios = [1, 2, 4, 8] as const;
export type DecodeRatio = (typeof decodeRatios)[number];

/** Pictures per run; TensorFlow decodes and encodes those of one run in parallel. */
export const jpegSlots = 16;

export const jpegNodes = {
  /** Bytes of a JPEG -> `decoded`. */
  file: (slot: number): string => `file_${slot}`,
  decoded: (slot: number): string => `decoded_${slot}`,
  /** Bytes of one JPEG -> `single` at that ratio. */
  singleFile: 'single_file',
  single: (ratio: DecodeRatio): string => `single_${ratio}`,
  /** RGB levels [side, side, 3] -> `encoded`. */
  crop: (slot: number): string => `crop_${slot}`,
  encoded: (slot: number): string => `encoded_${slot}`,
} as const;

/** JPEGs of any size to pixels, and pixels to JPEGs; one node per slot, because the sizes differ. */
export function jpegGraph(): GraphDef {
  const g = new GraphBuilder();
  for (let slot = 0; slot < jpegSlots; slot++) {
    decodeJpeg(g, g.placeholder(jpegNodes.file(slot), [], 'string'), 1, jpegNodes.decoded(slot));
    encodeJpeg(g, g.placeholder(jpegNodes.crop(slot), [-1, -1, 3], 'uint8'), jpegNodes.encoded(slot));
  }
  const file = g.placeholder(jpegNodes.singleFile, [], 'string');
  for (const ratio of decodeRatios) decodeJpeg(g, file, ratio, jpegNodes.single(ratio));
  return g.build();
}

/** With the exact inverse transform, whose pixels equal libjpeg's default and so sharp's. */
function decodeJpeg(g: GraphBuilder, file: GraphTensor, ratio: DecodeRatio, name: string): void {
  g.op1({
    op: 'DecodeJpeg', name, inputs: [file], outputs: [{ shape: [-1, -1, 3], dtype: 'uint8' }],
    attrs: { channels: int(3), ratio: int(ratio), dct_method: { kind: 'string', value: 'INTEGER_ACCURATE' } },
  });
}

function encodeJpeg(g: GraphBuilder, pixels: GraphTensor, name: string): void {
  g.op1({
    op: 'EncodeJpeg', name, inputs: [pixels], outputs: [{ shape: [], dtype: 'string' }],
    attrs: { format: { kind: 'string', value: 'rgb' }, quality: int(95), chroma_downsampling: { kind: 'bool', value: false } },
  });
}

export function fileTensor(bytes: Uint8Array): HostTensor {
  return { dtype: 'string', shape: [], data: [bytes] };
}

function int(value: number): AttrValue {
  return { kind: 'int', value };
}
