import type { FileConstant } from '../import/graph-value';
import { constantOf } from '../import/graph-value';
import type { OnnxFileNode } from './onnx-graph';

/**
 * Arithmetic on constants that exporters leave in the graph: shapes where a size is free (`x.view(x.size(0), -1)` in PyTorch), and
 * weights in 8 bits.
 * @param inputs the node's inputs; an absent optional one is undefined
 * @returns undefined when the node is none of these operations, or computes on something else than constants
 */
export function constantArithmetic({ type, attributes }: OnnxFileNode, inputs: readonly (FileConstant | undefined)[]): FileConstant | undefined {
  const [first, second, third, , steps] = inputs;
  if (!first) return undefined;
  switch (type) {
    case 'Gather':
      if (!second || first.shape.length > 1) return undefined;
      return constantOf([...second.data].map((index) => first.data.at(index) ?? 0), second.shape);
    case 'Concat':
      return inputs.every((input) => input !== undefined && input.shape.length <= 1) ? constantOf(inputs.flatMap((input) => [...(input?.data ?? [])])) : undefined;
    case 'Slice': {
      const start = second?.data[0] ?? attributes.ints('starts')?.[0];
      const end = third?.data[0] ?? attributes.ints('ends')?.[0];
      return first.shape.length === 1 && start !== undefined && end !== undefined && (steps?.data[0] ?? 1) === 1 ? constantOf([...first.data].slice(start, end)) : undefined;
    }
    case 'Unsqueeze':
      return { ...first, shape: unsqueezed(first.shape, [...(second?.data ?? attributes.ints('axes') ?? [])]) };
    case 'Squeeze': {
      const axes = [...(second?.data ?? attributes.ints('axes') ?? first.shape.keys())].map((axis) => (axis < 0 ? axis + first.shape.length : axis));
      return { ...first, shape: first.shape.filter((size, axis) => size !== 1 || !axes.includes(axis)) };
    }
    case 'Reshape':
      return second && second.data.every((size) => size > 0) ? { ...first, shape: [...second.data] } : undefined;
    case 'Cast':
    case 'Identity':
      return first;
    case 'Neg':
      return { ...first, data: first.data.map((value) => -value) };
    case 'ConstantOfShape':
      return constantOf(new Array<number>([...first.data].reduce((product, size) => product * size, 1)).fill(attributes.constant()?.data[0] ?? 0), [...first.data]);
    case 'DequantizeLinear':
      return second && dequantizedConstant(first, second, third, attributes.int('axis', 1));
    case 'Transpose':
      return first.shape.length === 2 && (attributes.ints('perm') ?? [1, 0]).join() === '1,0' ? transposedMatrix(first) : undefined;
    default:
      return undefined;
  }
}

/** scale * (value - zero point), one pair for all or for each index of `axis`. */
function dequantizedConstant({ kind, shape, data }: FileConstant, scale: FileConstant, zero: FileConstant | undefined, axis: number): FileConstant {
  const groups = scale.data.length;
  const inner = groups === 1 ? data.length : shape.slice(axis < 0 ? axis + shape.length + 1 : axis + 1).reduce((product, size) => product * size, 1);
  return { kind, shape, data: Float32Array.from(data, (value, i) => (value - (zero?.data[Math.floor(i / inner) % groups] ?? 0)) * (scale.data[Math.floor(i / inner) % groups] ?? 1)) };
}

/** @param axes where the new axes of length 1 stand in the result */
function unsqueezed(shape: readonly number[], axes: readonly number[]): number[] {
  const rank = shape.length + axes.length;
  const added = new Set(axes.map((axis) => (axis < 0 ? axis + rank : axis)));
  const rest = [...shape];
  return Array.from({ length: rank }, (_, axis) => (added.has(axis) ? 1 : (rest.shift() ?? 1)));
}

/** [rows, columns] to [columns, rows]. */
export function transposedMatrix({ kind, shape, data }: FileConstant): FileConstant {
  const [rows = 0, columns = 0] = shape;
  const values = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) values[column * rows + row] = data[row * columns + column] ?? 0;
  }
  return { kind, shape: [columns, rows], data: values };
}
