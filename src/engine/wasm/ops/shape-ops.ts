import type * as tfjs from '@tensorflow/tfjs';
import { size } from '../convolution-window';
import type { OpTable } from '../op-call';

/** Operations that move values without changing them. */
export const shapeOps: OpTable = {
  Reshape: (call) => call.tf.reshape(call.input(0), call.integers(1)),
  Shape: (call) => call.tf.tensor1d(call.input(0).shape, 'int32'),
  Pack: (call) => call.tf.stack(call.inputs, call.int('axis', 0)),
  ConcatV2: (call) => {
    const axis = call.values.length - 1;
    return call.tf.concat(call.inputs.slice(0, axis), call.scalar(axis));
  },
  Pad: (call) => call.tf.pad(call.input(0), pairs(call.integers(1))),
  Transpose: (call) => call.tf.transpose(call.input(0), call.integers(1)),
  Slice: (call) => call.tf.slice(call.input(0), call.integers(1), call.integers(2)),
  BroadcastTo: (call) => call.tf.broadcastTo(call.input(0), call.integers(1)),
  ReverseV2: (call) => call.tf.reverse(call.input(0), call.integers(1)),
  GatherV2: (call) => call.tf.gather(call.input(0), call.tf.cast(call.input(1), 'int32'), call.scalar(2), call.int('batch_dims', 0)),
  GatherNd: (call) => call.tf.gatherND(call.input(0), call.input(1)),
  TensorScatterUpdate: (call) => replaceSlices(call.tf, call.input(0), call.input(1), call.input(2)),
};

function pairs(values: readonly number[]): [number, number][] {
  return Array.from({ length: values.length / 2 }, (_, axis) => [size(values, 2 * axis), size(values, 2 * axis + 1)]);
}

/** A copy of `target` with the slices at `indices` [n, depth] replaced; the last one wins when an index comes twice. */
export function replaceSlices(tf: typeof tfjs, target: tfjs.Tensor, indices: tfjs.Tensor, replacements: tfjs.Tensor): tfjs.Tensor {
  const depth = size(indices.shape, indices.rank - 1);
  const sliceSize = target.shape.slice(depth).reduce((product, length) => product * length, 1);
  const values = target.dataSync().slice();
  const coordinates = indices.dataSync();
  const updates = replacements.dataSync();
  for (let row = 0; row * depth < coordinates.length; row++) {
    let position = 0;
    for (let axis = 0; axis < depth; axis++) {
      const coordinate = coordinates[row * depth + axis] ?? -1;
      const length = size(target.shape, axis);
      if (coordinate < 0 || coordinate >= length) throw new Error(`index ${coordinate} is outside axis ${axis} of [${target.shape.join()}]`);
      position = position * length + coordinate;
    }
    values.set(updates.subarray(row * sliceSize, (row + 1) * sliceSize), position * sliceSize);
  }
  return tf.tensor(values, target.shape, target.dtype);
}
