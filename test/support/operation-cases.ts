import { SeededRandom } from '../../src/base/random';
import type { AttrValue, ElementType, HostTensor } from '../../src/network/graph/graph-def';
import { elementCount } from '../../src/network/graph/graph-def';
import { boolAttr, float32, floatAttr, int32, intAttr, intsAttr, stringAttr, typeAttr } from './hand-made-graph';

/** One node to compute on two engines. */
export interface OperationCase {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly HostTensor[];
  readonly attrs: Readonly<Record<string, AttrValue>>;
  /** Outputs to compare, from the first on; 1 by default. */
  readonly outputs?: number;
}

const float = typeAttr('float32');
const integer = typeAttr('int32');

function random(shape: readonly number[], seed = 1, low = -1, high = 1): HostTensor {
  const stream = new SeededRandom('operation case', seed);
  return float32(Array.from({ length: elementCount(shape) }, () => stream.between(low, high)), shape);
}

function bools(values: readonly number[], shape: readonly number[] = [values.length]): HostTensor {
  return { dtype: 'bool', shape, data: Uint8Array.from(values) };
}

const unaryOps = ['Relu', 'Relu6', 'LeakyRelu', 'Neg', 'Square', 'Exp', 'Sign', 'Abs', 'Cos', 'Sin', 'Acos', 'Softmax', 'L2Loss', 'Identity', 'StopGradient'];
const positiveOps = ['Sqrt', 'Rsqrt', 'Log'];
const binaryOps = ['AddV2', 'Sub', 'Mul', 'RealDiv', 'Maximum', 'Minimum', 'Greater', 'GreaterEqual', 'Less', 'Equal'];

const arithmeticCases: readonly OperationCase[] = [
  ...unaryOps.map((op): OperationCase => ({ name: op, op, inputs: [random([3, 5])], attrs: { T: float } })),
  ...positiveOps.map((op): OperationCase => ({ name: op, op, inputs: [random([3, 5], 1, 0.1, 3)], attrs: { T: float } })),
  ...binaryOps.map((op): OperationCase => ({ name: `${op}, broadcast`, op, inputs: [random([2, 3, 4]), random([4], 2)], attrs: { T: float } })),
  { name: 'AddV2 of int32', op: 'AddV2', inputs: [int32([1, 2, -3]), int32([4])], attrs: { T: integer } },
  { name: 'Mul of int32', op: 'Mul', inputs: [int32([1, 2, -3]), int32([4])], attrs: { T: integer } },
  { name: 'Equal of int32', op: 'Equal', inputs: [int32([1, 4, -3]), int32([4])], attrs: { T: integer } },
  { name: 'AddN', op: 'AddN', inputs: [random([4]), random([4], 2), random([4], 3)], attrs: { T: float, N: intAttr(3) } },
  { name: 'SelectV2', op: 'SelectV2', inputs: [bools([1, 0, 1]), random([3]), random([3], 2)], attrs: { T: float } },
  { name: 'SelectV2, broadcast', op: 'SelectV2', inputs: [bools([1, 0], [2, 1]), random([2, 3]), float32([0], [])], attrs: { T: float } },
  ...['Sum', 'Mean', 'Max'].flatMap((op): OperationCase[] => [
    { name: `${op} of one axis`, op, inputs: [random([3, 4, 2]), int32([1])], attrs: { T: float, Tidx: integer, keep_dims: boolAttr(true) } },
    { name: `${op} of all`, op, inputs: [random([3, 4]), int32([0, 1])], attrs: { T: float, Tidx: integer, keep_dims: boolAttr(false) } },
    { name: `${op} of none`, op, inputs: [random([3, 4]), int32([])], attrs: { T: float, Tidx: integer } },
  ]),
  ...[false, true].flatMap((a) =>
    [false, true].map((b): OperationCase => ({
      name: `MatMul ${a ? 'transposed' : 'plain'} by ${b ? 'transposed' : 'plain'}`, op: 'MatMul',
      inputs: [random(a ? [4, 3] : [3, 4]), random(b ? [5, 4] : [4, 5], 2)],
      attrs: { T: float, transpose_a: boolAttr(a), transpose_b: boolAttr(b) },
    })),
  ),
  { name: 'ArgMax to int32', op: 'ArgMax', inputs: [random([3, 5]), int32([1], [])], attrs: { T: float, Tidx: integer, output_type: integer } },
  { name: 'ArgMax to int64', op: 'ArgMax', inputs: [random([3, 5]), int32([0], [])], attrs: { T: float, Tidx: integer } },
  ...([['float32', 'int32'], ['int32', 'float32'], ['bool', 'float32'], ['float32', 'bool'], ['uint8', 'float32'], ['int64', 'int32'], ['int32', 'int64']] as const).map(castCase),
];

function castCase([from, to]: readonly [ElementType, ElementType]): OperationCase {
  const values = from === 'bool' ? [1, 0, 1] : from === 'uint8' ? [0, 7, 255] : [2.75, -1.5, 0];
  const data = {
    float32: () => Float32Array.from(values), int32: () => Int32Array.from(values), bool: () => Uint8Array.from(values), uint8: () => Uint8Array.from(values),
    int64: () => BigInt64Array.from(values, (value) => BigInt(Math.trunc(value))),
  };
  const make = data[from as keyof typeof data];
  return { name: `Cast ${from} to ${to}`, op: 'Cast', inputs: [{ dtype: from, shape: [3], data: make() }], attrs: { SrcT: typeAttr(from), DstT: typeAttr(to) } };
}

const activationCases: readonly OperationCase[] = [
  { name: 'LeakyRelu with slope', op: 'LeakyRelu', inputs: [random([9])], attrs: { T: float, alpha: floatAttr(0.3) } },
  { name: 'ReluGrad', op: 'ReluGrad', inputs: [random([9]), random([9], 2)], attrs: { T: float } },
  { name: 'Relu6Grad', op: 'Relu6Grad', inputs: [random([9]), random([9], 2, -3, 10)], attrs: { T: float } },
  { name: 'LeakyReluGrad', op: 'LeakyReluGrad', inputs: [random([9]), random([9], 2)], attrs: { T: float, alpha: floatAttr(0.3) } },
  { name: 'BiasAdd', op: 'BiasAdd', inputs: [random([2, 2, 2, 3]), random([3], 2)], attrs: { T: float, data_format: stringAttr('NHWC') } },
  { name: 'BiasAddGrad', op: 'BiasAddGrad', inputs: [random([2, 3, 2, 3])], attrs: { T: float, data_format: stringAttr('NHWC') } },
  {
    name: 'SparseSoftmaxCrossEntropyWithLogits', op: 'SparseSoftmaxCrossEntropyWithLogits', inputs: [random([4, 7], 1, -20, 20), int32([6, 0, 3, 3])],
    attrs: { T: float, Tlabels: integer }, outputs: 2,
  },
];

const normalizationCases: readonly OperationCase[] = [
  { name: 'in training, default factor', training: true, factor: undefined },
  { name: 'in training, factor 0.1', training: true, factor: 0.1 },
  { name: 'in inference', training: false, factor: undefined },
].flatMap(({ name, training, factor }): OperationCase[] => {
  const attrs = { T: float, U: float, epsilon: floatAttr(1e-3), data_format: stringAttr('NHWC'), is_training: boolAttr(training) };
  const statistics = [random([3], 4), random([3], 5, 0.5, 2)];
  return [
    {
      name: `FusedBatchNormV3 ${name}`, op: 'FusedBatchNormV3', outputs: training ? 3 : 1, inputs: [random([2, 3, 3, 3]), random([3], 2), random([3], 3), ...statistics],
      attrs: factor === undefined ? attrs : { ...attrs, exponential_avg_factor: floatAttr(factor) },
    },
    {
      name: `FusedBatchNormGradV3 ${name}`, op: 'FusedBatchNormGradV3', outputs: 3,
      inputs: [random([2, 3, 3, 3], 9), random([2, 3, 3, 3]), random([3], 2), ...statistics, float32([], [0])], attrs,
    },
  ];
});

const convolutionCases = (['SAME', 'VALID'] as const).flatMap((padding) =>
  [1, 2].flatMap((strides) => [[1, 6], [3, 7], [3, 8]].flatMap(([kernel = 1, length = 1]) => convolutionCase(padding, strides, kernel, length))),
);

function convolutionCase(padding: 'SAME' | 'VALID', strides: number, kernel: number, length: number): OperationCase[] {
  const out = padding === 'SAME' ? Math.ceil(length / strides) : Math.floor((length - kernel) / strides) + 1;
  const attrs = { T: float, strides: intsAttr([1, strides, strides, 1]), padding: stringAttr(padding), data_format: stringAttr('NHWC') };
  const image = [2, length, length, 3];
  const window = `${padding} ${kernel}x${kernel}/${strides} of ${length}`;
  const make = (op: string, inputs: readonly HostTensor[]): OperationCase => ({ name: `${op} ${window}`, op, inputs, attrs });
  const dense = [kernel, kernel, 3, 4];
  const deep = [kernel, kernel, 3, 1];
  return [
    make('Conv2D', [random(image), random(dense, 2)]),
    make('Conv2DBackpropInput', [int32(image), random(dense, 2), random([2, out, out, 4], 3)]),
    make('Conv2DBackpropFilter', [random(image), int32(dense), random([2, out, out, 4], 3)]),
    make('DepthwiseConv2dNative', [random(image), random(deep, 2)]),
    make('DepthwiseConv2dNativeBackpropInput', [int32(image), random(deep, 2), random([2, out, out, 3], 3)]),
    make('DepthwiseConv2dNativeBackpropFilter', [random(image), int32(deep), random([2, out, out, 3], 3)]),
  ];
}

const shapeCases: readonly OperationCase[] = [
  { name: 'Reshape', op: 'Reshape', inputs: [random([2, 6]), int32([3, -1])], attrs: { T: float, Tshape: integer } },
  { name: 'Shape', op: 'Shape', inputs: [random([2, 6])], attrs: { T: float, out_type: integer } },
  { name: 'Pack', op: 'Pack', inputs: [int32([1, 2]), int32([3, 4])], attrs: { T: integer, N: intAttr(2), axis: intAttr(1) } },
  { name: 'ConcatV2', op: 'ConcatV2', inputs: [random([2, 3]), random([2, 1], 2), int32([1], [])], attrs: { T: float, Tidx: integer, N: intAttr(2) } },
  { name: 'Pad', op: 'Pad', inputs: [random([1, 3, 3, 2]), int32([0, 0, 1, 0, 0, 2, 0, 0], [4, 2])], attrs: { T: float, Tpaddings: integer } },
  { name: 'Transpose', op: 'Transpose', inputs: [random([2, 3, 4]), int32([2, 0, 1])], attrs: { T: float, Tperm: integer } },
  { name: 'Slice', op: 'Slice', inputs: [random([3, 4]), int32([1, 0]), int32([2, -1])], attrs: { T: float, Index: integer } },
  { name: 'BroadcastTo', op: 'BroadcastTo', inputs: [random([3, 1]), int32([2, 3, 4])], attrs: { T: float, Tidx: integer } },
  { name: 'ReverseV2', op: 'ReverseV2', inputs: [random([2, 3, 2]), int32([1])], attrs: { T: float, Tidx: integer } },
  { name: 'GatherV2', op: 'GatherV2', inputs: [random([4, 3]), int32([2, 0, 2]), int32([0], [])], attrs: { Tparams: float, Tindices: integer, Taxis: integer } },
  { name: 'GatherNd', op: 'GatherNd', inputs: [random([3, 4]), int32([0, 3, 2, 1], [2, 2])], attrs: { Tparams: float, Tindices: integer } },
  {
    name: 'TensorScatterUpdate', op: 'TensorScatterUpdate', inputs: [random([3, 4]), int32([0, 3, 2, 1], [2, 2]), random([2], 2)],
    attrs: { T: float, Tindices: integer },
  },
  {
    name: 'TensorScatterUpdate of rows', op: 'TensorScatterUpdate', inputs: [random([3, 4]), int32([2, 0], [2, 1]), random([2, 4], 2)],
    attrs: { T: float, Tindices: integer },
  },
  ...([[7, [3, 5]], [-1, [2 ** 31 - 1, -(2 ** 31)]], [1001, [0, 0]]] as const).map(([count, seed]): OperationCase => ({
    name: `StatelessRandomUniform with seed ${seed.join()}`, op: 'StatelessRandomUniform', inputs: [int32([Math.abs(count)]), int32(seed)],
    attrs: { dtype: float, T: integer, Tseed: integer },
  })),
];

/** Every operation of the interpreter that has no variable. */
export const operationCases: readonly OperationCase[] = [...arithmeticCases, ...activationCases, ...normalizationCases, ...convolutionCases, ...shapeCases];
