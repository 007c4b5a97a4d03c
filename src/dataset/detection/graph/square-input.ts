import type { GraphBuilder, GraphTensor } from '../../../network/graph/graph-builder';
import { int32Type } from '../../../network/graph/operations';
import type { HostTensor } from '../../../network/graph/graph-def';
import type { RgbImage } from '../../photos/rgb-image';
import { concat } from './network-operations';

const blankPixel: HostTensor = { dtype: 'uint8', shape: [1, 1, 3], data: new Uint8Array(3) };

/**
 * Square pictures of any size as the input of a network: each of `slots` placeholders is brought to side x side by TensorFlow's
 * first bilinear rule (no aligned corners, no half-pixel centres), as the library does.
 * @returns RGB levels [slots, side, side, 3]
 */
export function squareInput(g: GraphBuilder, slots: number, side: number): GraphTensor {
  const resized = Array.from({ length: slots }, (_, slot) => {
    const picture = g.placeholder(slotName(slot), [-1, -1, 3], 'uint8');
    const batch = g.op1({
      op: 'ExpandDims', inputs: [picture, g.int32([0], [])], outputs: [{ shape: [1, -1, -1, 3], dtype: 'uint8' }],
      attrs: { T: { kind: 'type', value: 'uint8' }, Tdim: int32Type },
    });
    return g.op1({
      op: 'ResizeBilinear', inputs: [batch, g.int32([side, side])], outputs: [{ shape: [1, side, side, 3] }],
      attrs: { T: { kind: 'type', value: 'uint8' }, align_corners: { kind: 'bool', value: false }, half_pixel_centers: { kind: 'bool', value: false } },
    });
  });
  return concat(g, resized, 0, [slots, side, side, 3]);
}

/** Values of all placeholders; slots without a picture get one black pixel. */
export function squareFeeds(pictures: readonly RgbImage[], slots: number): Record<string, HostTensor> {
  if (pictures.length > slots) throw new Error(`${pictures.length} pictures for ${slots} slots`);
  const feeds: Record<string, HostTensor> = {};
  for (let slot = 0; slot < slots; slot++) {
    const picture = pictures[slot];
    feeds[slotName(slot)] = picture ? { dtype: 'uint8', shape: [picture.height, picture.width, 3], data: picture.data } : blankPixel;
  }
  return feeds;
}

function slotName(slot: number): string {
  return `picture_${slot}`;
}
