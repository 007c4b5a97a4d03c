import type { GraphBuilder, GraphTensor } from '../../../network/graph/graph-builder';
import { int32Type } from '../../../network/graph/operations';
import type { HostTensor } from '../../../network/graph/graph-def';
import type { RgbImage } from '../../photos/rgb-image';

const pictureName = 'picture';

/**
 * A square picture of any size as the input of a network: brought to side x side by TensorFlow's first bilinear rule (no aligned
 * corners, no half-pixel centres), as the library does.
 * @returns RGB levels [1, side, side, 3]
 */
export function squareInput(g: GraphBuilder, side: number): GraphTensor {
  const picture = g.placeholder(pictureName, [-1, -1, 3], 'uint8');
  const batch = g.op1({
    op: 'ExpandDims', inputs: [picture, g.int32([0], [])], outputs: [{ shape: [1, -1, -1, 3], dtype: 'uint8' }],
    attrs: { T: { kind: 'type', value: 'uint8' }, Tdim: int32Type },
  });
  return g.op1({
    op: 'ResizeBilinear', inputs: [batch, g.int32([side, side])], outputs: [{ shape: [1, side, side, 3] }],
    attrs: { T: { kind: 'type', value: 'uint8' }, align_corners: { kind: 'bool', value: false }, half_pixel_centers: { kind: 'bool', value: false } },
  });
}

/** Value of the placeholder. */
export function squareFeeds({ height, width, data }: RgbImage): Record<string, HostTensor> {
  return { [pictureName]: { dtype: 'uint8', shape: [height, width, 3], data } };
}
