import { elementCount } from '../graph/graph-def';
import type { Weight } from '../network-spec';

/**
 * A weight with its axes in another order: axis i of the result is axis `order[i]` of the weight.
 * Kernels are [height, width, in, out] here, [out, in, height, width] in ONNX and [out, height, width, in] in TensorFlow Lite.
 * @throws Error when the shape of a damaged file claims more or fewer values than there are
 */
export function transposed(weight: Weight, order: readonly number[]): Weight {
  if (elementCount(weight.shape) !== weight.data.length) throw new Error(`a weight of shape [${weight.shape.join(', ')}] has ${weight.data.length} values`);
  const shape = order.map((axis) => weight.shape[axis] ?? 1);
  const sourceStrides = strides(weight.shape);
  const steps = order.map((axis) => sourceStrides[axis] ?? 0);
  const data = new Float32Array(elementCount(shape));
  const index = shape.map(() => 0);
  let source = 0;
  for (let target = 0; target < data.length; target++) {
    data[target] = weight.data[source] ?? 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      source += steps[axis] ?? 0;
      index[axis] = (index[axis] ?? 0) + 1;
      if ((index[axis] ?? 0) < (shape[axis] ?? 0)) break;
      source -= (steps[axis] ?? 0) * (shape[axis] ?? 0);
      index[axis] = 0;
    }
  }
  return { shape, data };
}

/** Undoes `transposed` of the same order. */
export function transposedBack(weight: Weight, order: readonly number[]): Weight {
  return transposed(weight, order.map((_, axis) => order.indexOf(axis)));
}

function strides(shape: readonly number[]): number[] {
  return shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
}
