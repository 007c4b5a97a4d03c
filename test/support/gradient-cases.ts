/** Small graphs, one or more for each gradient rule, whose gradients are compared with finite differences. */
import type { GraphBuilder, GraphTensor } from '../../src/network/graph/graph-builder';
import * as ops from '../../src/network/graph/operations';
import { preluOfNegated } from '../../src/network/graph/prelu';

export interface GradientCase {
  /** The operation whose rule is checked. */
  readonly op: string;
  readonly name: string;
  /** Shapes of the inputs that are differentiated. */
  readonly shapes: readonly (readonly number[])[];
  /** Inputs are drawn from 0.2..1 instead of both sides of zero. */
  readonly positive?: boolean;
  /** Half the step of the central differences, where rounding asks for a large one. */
  readonly halfStep?: number;
  build(g: GraphBuilder, inputs: readonly GraphTensor[]): GraphTensor;
}

const image = [2, 5, 5, 3] as const;

function at(inputs: readonly GraphTensor[], index: number): GraphTensor {
  const tensor = inputs[index];
  if (!tensor) throw new Error(`There is no input ${index}`);
  return tensor;
}

const binaryCases = (['AddV2', 'Sub', 'Mul', 'RealDiv', 'Maximum', 'Minimum'] as const).flatMap((op): GradientCase[] => [
  { op, name: 'same shapes', shapes: [[2, 3], [2, 3]], positive: op === 'RealDiv', build: (g, x) => ops.binary(g, op, at(x, 0), at(x, 1)) },
  { op, name: 'one value per channel', shapes: [[2, 2, 3], [3]], positive: op === 'RealDiv', build: (g, x) => ops.binary(g, op, at(x, 0), at(x, 1)) },
  { op, name: 'one value per row', shapes: [[3, 2], [3, 1]], positive: op === 'RealDiv', build: (g, x) => ops.binary(g, op, at(x, 0), at(x, 1)) },
]);

const unaryCases = (['Relu', 'Relu6', 'Neg', 'Identity', 'Square', 'Sqrt', 'Rsqrt', 'Cos', 'Sin'] as const).map((op): GradientCase => ({
  op, name: '', shapes: [[2, 4]], positive: op === 'Sqrt' || op === 'Rsqrt', build: (g, x) => ops.unary(g, op, at(x, 0)),
}));

const convolutionCases = (['same', 'valid'] as const).flatMap((padding) =>
  [1, 2].flatMap((strides) => [1, 2, 3, 5].flatMap((size): GradientCase[] => [
    { op: 'Conv2D', name: `${size}x${size}/${strides} ${padding}`, shapes: [image, [size, size, 3, 2]], build: (g, x) => ops.conv2d(g, at(x, 0), at(x, 1), strides, padding) },
    {
      op: 'DepthwiseConv2dNative', name: `${size}x${size}/${strides} ${padding}`, shapes: [image, [size, size, 3, 1]],
      build: (g, x) => ops.depthwiseConv2d(g, at(x, 0), at(x, 1), strides, padding),
    },
  ])),
);

const reductionCases = (['Sum', 'Mean'] as const).flatMap((op): GradientCase[] => [
  { op, name: 'of all', shapes: [[2, 3]], build: (g, x) => ops.reduce(g, op, at(x, 0), [0, 1], false) },
  { op, name: 'of one axis, kept', shapes: [[2, 3]], build: (g, x) => ops.reduce(g, op, at(x, 0), [1], true) },
]);

const indices = (g: GraphBuilder): GraphTensor => g.int32([0, 2, 1, 0], [2, 2]);

const otherCases: readonly GradientCase[] = [
  { op: 'Relu6', name: 'past 6', shapes: [[2, 8]], build: (g, x) => ops.unary(g, 'Relu6', ops.binary(g, 'Mul', at(x, 0), g.scalar(9))) },
  { op: 'LeakyRelu', name: '', shapes: [[2, 4]], build: (g, x) => ops.leakyRelu(g, at(x, 0), 0.3) },
  { op: 'PReluOfNegated', name: 'slopes on both sides of 1', shapes: [image, [3]], build: (g, x) => preluOfNegated(g, at(x, 0), ops.binary(g, 'AddV2', at(x, 1), g.scalar(0.7))) },
  { op: 'MatMul', name: '', shapes: [[2, 3], [3, 4]], build: (g, x) => ops.matMul(g, at(x, 0), at(x, 1)) },
  { op: 'Cast', name: 'to bfloat16 and back', shapes: [[2, 3]], halfStep: 0.5, build: (g, x) => ops.cast(g, ops.cast(g, at(x, 0), 'bfloat16'), 'float32') },
  { op: 'Acos', name: '', shapes: [[2, 4]], build: (g, x) => ops.unary(g, 'Acos', ops.binary(g, 'Mul', at(x, 0), g.scalar(0.8))) },
  { op: 'Max', name: 'of one axis', shapes: [[2, 3]], build: (g, x) => ops.reduce(g, 'Max', at(x, 0), [1], true) },
  { op: 'Transpose', name: '', shapes: [[2, 3, 4]], build: (g, x) => ops.transpose(g, at(x, 0), [2, 0, 1]) },
  { op: 'Reshape', name: '', shapes: [[2, 6]], build: (g, x) => ops.reshape(g, at(x, 0), [3, 4]) },
  { op: 'GatherNd', name: '', shapes: [[2, 3]], build: (g, x) => ops.gatherNd(g, at(x, 0), indices(g)) },
  { op: 'TensorScatterUpdate', name: '', shapes: [[2, 3], [2]], build: (g, x) => ops.scatterUpdate(g, at(x, 0), indices(g), at(x, 1)) },
  {
    op: 'SelectV2', name: '', shapes: [[2, 3], [2, 3]],
    build: (g, x) => ops.select(g, ops.compare(g, 'Greater', g.constant({ dtype: 'float32', shape: [2, 3], data: Float32Array.of(1, 0, 0, 1, 1, 0) }), g.scalar(0.5)), at(x, 0), at(x, 1)),
  },
  { op: 'BiasAdd', name: '', shapes: [image, [3]], build: (g, x) => ops.biasAdd(g, at(x, 0), at(x, 1)) },
  { op: 'Pad', name: '', shapes: [[1, 2, 3, 2]], build: (g, x) => ops.pad(g, at(x, 0), [[0, 0], [1, 0], [1, 2], [0, 0]]) },
  {
    op: 'FusedBatchNormV3', name: 'with the statistics of the batch', shapes: [image, [3], [3]],
    build: (g, x) => {
      const zeros = g.constant({ dtype: 'float32', shape: [3], data: new Float32Array(3) });
      return ops.batchNormalizationInTraining(g, { x: at(x, 0), gamma: at(x, 1), beta: at(x, 2), movingMean: zeros, movingVariance: zeros }, 1e-3, 0.9).y;
    },
  },
  { op: 'SparseSoftmaxCrossEntropyWithLogits', name: '', shapes: [[3, 4]], build: (g, x) => ops.sparseSoftmaxCrossEntropy(g, at(x, 0), g.int32([3, 0, 2])) },
];

/** At least one for every operation with a gradient rule. */
export const gradientCases: readonly GradientCase[] = [...binaryCases, ...unaryCases, ...convolutionCases, ...reductionCases, ...otherCases];
