import type { Weight } from '../../network-spec';
import { transposedBack } from '../kernel-layout';
import { bends, prelu } from '../import/channel-function';
import { FileArithmetic, type ArithmeticOperator } from '../import/file-arithmetic';
import { constantOf, inFloats, isConstant, type Feature, type FileConstant, type GraphValue } from '../import/graph-value';
import type { ImportedModel } from '../import/imported-model';
import { NetworkAssembler, type Sides } from '../import/network-assembler';
import type { OnnxFileGraph, OnnxFileNode } from './onnx-graph';
import { onnxOrders } from './onnx-layers';
import { constantArithmetic, transposedMatrix } from './onnx-constants';

/** Default of BatchNormalization and of LpNormalization's kin in ONNX. */
const onnxEpsilon = 1e-5;
const onnxLeakySlope = 0.01;
const binaryOperators: Readonly<Record<string, ArithmeticOperator | undefined>> = { Add: 'add', Sub: 'sub', Mul: 'mul', Div: 'div', Max: 'max', Min: 'min' };
const passedThrough: ReadonlySet<string> = new Set(['Identity', 'Dropout', 'Cast', 'Expand']);

/** Reads a network of convolutions from any exporter. @throws UserError naming the node that is not known here, its shape, and what to do */
export function importOnnxGraph(graph: OnnxFileGraph, file: string): ImportedModel {
  return new OnnxImport(graph, file).run();
}

class OnnxImport {
  private readonly network: NetworkAssembler;
  private readonly arithmetic: FileArithmetic;
  private readonly values: Map<string, GraphValue>;

  constructor(private readonly graph: OnnxFileGraph, file: string) {
    this.network = new NetworkAssembler(file);
    this.arithmetic = new FileArithmetic(this.network);
    this.values = new Map(graph.constants);
  }

  run(): ImportedModel {
    const [picture, ...others] = this.graph.inputs;
    const inputs = { name: this.graph.inputs.map(({ name }) => name).join(', ') || 'input', type: 'input' };
    if (!picture || others.length > 0) throw this.network.refusal(inputs, `are ${this.graph.inputs.length} inputs, not one picture`, 'Export the network with the picture as its only input.');
    this.values.set(picture.name, this.network.input({ name: picture.name, type: 'input' }, picture.shape));
    for (const node of this.graph.nodes) this.values.set(node.outputs[0] ?? '', this.valueOf(node));
    const [output = '', ...more] = this.graph.outputs;
    const end = { name: output, type: 'output' };
    if (more.length > 0) throw this.network.refusal(end, `is one of ${more.length + 1} outputs: ${this.graph.outputs.join(', ')}`, 'Export the network with the embedding as its only output.');
    const embedding = this.values.get(output);
    if (embedding?.kind !== 'feature') throw this.network.refusal(end, 'is no embedding of the picture', 'Export the network up to the embedding.');
    return this.network.finish(end, embedding);
  }

  private valueOf(node: OnnxFileNode): GraphValue {
    const [first, second] = node.inputs.map((name) => this.values.get(name));
    if (node.type === 'Constant') {
      const constant = node.attributes.constant();
      if (constant) return constant;
    }
    if (node.type === 'Shape' && first?.kind === 'feature') return this.shapeOf(first);
    const constants = node.inputs.map((name) => this.values.get(name));
    if (constants.every((value) => value === undefined || isConstant(value))) {
      const folded = constantArithmetic(node, constants);
      if (folded) return folded;
    }
    const operator = binaryOperators[node.type];
    if (operator && first && second) return this.arithmetic.binary(node, operator, first, second);
    if (first && passedThrough.has(node.type)) return first;
    return first?.kind === 'length' ? this.ofLength(node, first) : this.ofFeature(node, this.featureOf(node));
  }

  /** [batch, ...sizes] with a free batch, as Reshape takes it. */
  private shapeOf(x: Feature): FileConstant {
    const shape = this.network.shapeOf(x.layer);
    const [height = 1, width = 1, channels = 1] = shape.length === 3 ? shape : [1, 1, ...shape];
    if (x.axes === 'vector') return constantOf([-1, channels]);
    return constantOf(x.axes === 'nchw' ? [-1, channels, height, width] : [-1, height, width, channels]);
  }

  private ofLength(node: OnnxFileNode, x: Extract<GraphValue, { kind: 'length' }>): GraphValue {
    switch (node.type) {
      case 'Sqrt':
        return this.arithmetic.power(node, x, 0.5);
      case 'Reciprocal':
        return this.arithmetic.power(node, x, -1);
      case 'Pow':
        return this.arithmetic.power(node, x, this.constant(node, 1)?.data[0] ?? NaN);
      case 'ReduceSum':
        return this.arithmetic.summed(node, x);
      case 'Clip':
      case 'Unsqueeze':
      case 'Reshape':
        return x;
      default:
        throw this.unknown(node);
    }
  }

  private ofFeature(node: OnnxFileNode, x: Feature): GraphValue {
    const { attributes } = node;
    switch (node.type) {
      case 'Conv':
        return this.convolution(node, x);
      case 'BatchNormalization':
        return this.batchNormalization(node, x);
      case 'Relu':
        return this.network.bend(node, x, bends.relu);
      case 'Clip':
        return this.clip(node, x);
      case 'Abs':
        return this.network.bend(node, x, bends.absolute);
      case 'Neg':
        return this.arithmetic.binary(node, 'mul', x, constantOf([-1]));
      case 'LeakyRelu':
        return this.network.bend(node, x, prelu(new Array<number>(this.network.channelsOf(x)).fill(attributes.float('alpha', onnxLeakySlope))));
      case 'PRelu':
        return this.network.bend(node, x, prelu(this.arithmetic.perChannel(node, x, this.constant(node, 1) ?? constantOf([0]))));
      case 'Gemm':
        return this.gemm(node, x);
      case 'MatMul':
        return this.network.dense(node, x, this.matrix(node));
      case 'GlobalAveragePool':
        return this.network.average(node, x);
      case 'AveragePool':
        return this.averagePool(node, x);
      case 'ReduceMean':
        return this.reduceMean(node, x);
      case 'Pad':
        return this.pad(node, x);
      case 'Flatten':
        return this.network.flatten(node, x);
      case 'Reshape':
        return this.reshape(node, x, [...(this.constant(node, 1)?.data ?? [])]);
      case 'Squeeze':
        if (this.network.shapeOf(x.layer).reduce((product, size) => product * size, 1) !== this.network.channelsOf(x)) throw this.unknown(node);
        return this.network.flatten(node, x);
      case 'Unsqueeze':
        if (x.axes !== 'vector' || x.listed) throw this.unknown(node);
        return { ...x, axes: 'nchw' };
      case 'Transpose':
        return this.transpose(node, x);
      case 'LpNormalization':
        if (attributes.int('p', 2) !== 2) throw this.network.refusal(node, 'divides by a length that is not Euclidean', 'Export the network up to the embedding.', x);
        return this.network.unit(node, x);
      case 'ReduceL2':
        return this.arithmetic.length(node, x, 1);
      case 'ReduceSumSquare':
        return this.arithmetic.length(node, x, 2);
      case 'Pow':
        return this.arithmetic.power(node, x, this.constant(node, 1)?.data[0] ?? NaN);
      case 'QuantizeLinear':
      case 'DequantizeLinear':
        return x;
      default:
        throw this.unknown(node);
    }
  }

  private convolution(node: OnnxFileNode, x: Feature): Feature {
    const kernel = this.weights(node, 1);
    const [, , height = 0, width = 0] = kernel.shape;
    const group = node.attributes.int('group', 1);
    const channels = this.network.channelsOf(x);
    const isDepthwise = group > 1 && group === channels && kernel.shape[0] === channels;
    if (group !== 1 && !isDepthwise) throw this.network.refusal(node, `has ${group} groups of kernels`, 'Only ordinary and depthwise convolutions are known here.', x);
    if ((node.attributes.ints('dilations') ?? []).some((value) => value !== 1)) throw this.network.refusal(node, 'is dilated', 'Use a convolution without dilation.', x);
    const [vertical = 1, horizontal = 1] = node.attributes.ints('strides') ?? [];
    const bias = this.constant(node, 2);
    return this.network.convolve(node, { ...x, axes: x.axes === 'vector' ? 'nchw' : x.axes }, {
      kernel: transposedBack(kernel, isDepthwise ? onnxOrders.depthwise_kernel : onnxOrders.kernel4d), isDepthwise, strides: [vertical, horizontal],
      padding: this.paddingOf(node, x, [height, width]), ...(bias ? { bias: Float32Array.from(bias.data) } : {}),
    });
  }

  private paddingOf(node: OnnxFileNode, x: Feature, [height, width]: readonly [number, number]): 'same' | Sides {
    const automatic = node.attributes.text('auto_pad', 'NOTSET');
    if (automatic === 'SAME_UPPER') return 'same';
    if (automatic === 'SAME_LOWER') throw this.network.refusal(node, 'pads more before than behind (SAME_LOWER)', 'Export the model with explicit padding.', x);
    const [top = 0, left = 0, bottom = 0, right = 0] = automatic === 'VALID' ? [] : (node.attributes.ints('pads') ?? []);
    if (height === 0 || width === 0) throw this.network.refusal(node, 'has no kernel', 'Export the model again.', x);
    return [top, left, bottom, right];
  }

  private batchNormalization(node: OnnxFileNode, x: Feature): Feature {
    const [gamma, beta, mean, variance] = [1, 2, 3, 4].map((input) => this.constant(node, input) ?? constantOf([0])).map((constant) => this.arithmetic.perChannel(node, x, { ...constant, shape: channelShape(x, constant) }));
    const epsilon = node.attributes.float('epsilon', onnxEpsilon);
    const scale = (gamma ?? []).map((value, i) => value / Math.sqrt((variance?.[i] ?? 0) + epsilon));
    return this.network.batchNormalization(node, x, scale, scale.map((value, i) => (beta?.[i] ?? 0) - (mean?.[i] ?? 0) * value));
  }

  private clip(node: OnnxFileNode, x: Feature): Feature {
    const least = this.constant(node, 1)?.data[0] ?? node.attributes.float('min', -Infinity);
    const most = this.constant(node, 2)?.data[0] ?? node.attributes.float('max', Infinity);
    if (least === 0 && most === 6) return this.network.relu6(node, x);
    if (least === 0 && most > 1e30) return this.network.bend(node, x, bends.relu);
    throw this.network.refusal(node, `cuts values to ${least}..${most}`, 'Use ReLU or ReLU6.', x);
  }

  private gemm(node: OnnxFileNode, x: Feature): Feature {
    const { attributes } = node;
    const alpha = attributes.float('alpha', 1);
    const beta = attributes.float('beta', 1);
    if (attributes.int('transA', 0) !== 0) throw this.network.refusal(node, 'transposes its input', 'Export the model again.', x);
    const matrix = this.matrix(node, attributes.int('transB', 0) !== 0);
    const bias = this.constant(node, 2);
    const kernel = alpha === 1 ? matrix : { ...matrix, data: matrix.data.map((value) => value * alpha) };
    const units = kernel.shape[1] ?? 0;
    return this.network.dense(node, x, kernel, bias && Float32Array.from({ length: units }, (_, i) => beta * (bias.data[bias.data.length === 1 ? 0 : i] ?? 0)));
  }

  private averagePool(node: OnnxFileNode, x: Feature): Feature {
    const [height = 0, width = 0] = node.attributes.ints('kernel_shape') ?? [];
    const [vertical = 1, horizontal = 1] = node.attributes.ints('strides') ?? [];
    const padding = this.paddingOf(node, x, [height, width]);
    if (height !== width || vertical !== horizontal) throw this.network.refusal(node, 'averages over windows that are not square', 'Use square windows.', x);
    if (padding === 'same' || padding.some((pixels) => pixels > 0)) throw this.network.refusal(node, 'averages over a padded image', 'Average without padding.', x);
    return this.network.average(node, x, height, vertical);
  }

  private reduceMean(node: OnnxFileNode, x: Feature): Feature {
    const axes = [...(this.constant(node, 1)?.data ?? node.attributes.ints('axes') ?? [])].map((axis) => (axis < 0 ? axis + 4 : axis)).sort((a, b) => a - b);
    if (x.axes === 'vector' || axes.join() !== (x.axes === 'nchw' ? '2,3' : '1,2')) throw this.network.refusal(node, `averages over axes ${axes.join(', ')}`, 'Only averages over the whole image are known here.', x);
    const mean = this.network.average(node, x);
    return node.attributes.int('keepdims', 1) === 1 ? mean : this.network.flatten({ ...node, name: `${node.name}_flatten` }, mean);
  }

  private pad(node: OnnxFileNode, x: Feature): Feature {
    const pads = [...(this.constant(node, 1)?.data ?? node.attributes.ints('pads') ?? [])];
    const value = this.constant(node, 2)?.data[0] ?? node.attributes.float('value', 0);
    const [y, z] = x.axes === 'nchw' ? [2, 3] : [1, 2];
    const others = pads.filter((_, i) => i % 4 !== y && i % 4 !== z);
    if (node.attributes.text('mode', 'constant') !== 'constant' || value !== 0 || pads.length !== 8 || others.some((pixels) => pixels !== 0)) {
      throw this.network.refusal(node, `pads by ${pads.join(', ')} with something else than pixels of zeros`, 'Pad height and width with zeros.', x);
    }
    return this.network.pad(node, x, [pads[y] ?? 0, pads[z] ?? 0, pads[4 + y] ?? 0, pads[4 + z] ?? 0]);
  }

  private reshape(node: OnnxFileNode, x: Feature, target: readonly number[]): Feature {
    const length = this.network.shapeOf(x.layer).reduce((product, size) => product * size, 1);
    const [, second = 0, ...rest] = target;
    if (target.length <= 2 && (second === length || second === -1 || target.length === 1)) return this.network.flatten(node, x);
    const now = this.shapeOf(x).data;
    const isSame = target.length === now.length && target.every((size, axis) => axis === 0 || size === 0 || size === -1 || size === now[axis]);
    if (isSame) return x;
    const isPixel = target.length === 4 && (second === length || second === -1) && rest.every((size) => size === 1) && x.listed === undefined;
    if (isPixel && (x.axes === 'vector' || this.network.channelsOf(x) === length)) return { ...x, axes: 'nchw' };
    throw this.network.refusal(node, `reshapes it to [${target.join(', ')}]`, 'Only flattening is known here.', x);
  }

  private transpose(node: OnnxFileNode, x: Feature): Feature {
    const order = node.attributes.ints('perm')?.join();
    if (order === '0,3,1,2' && x.axes === 'nhwc') return { ...x, axes: 'nchw' };
    if (order === '0,2,3,1' && x.axes === 'nchw') return { ...x, axes: 'nhwc' };
    if (order === '0,1,2,3' || order === '0,1') return x;
    throw this.network.refusal(node, `orders the axes as ${order ?? 'reversed'}`, 'Only channels first and channels last are known here.', x);
  }

  /** [in, out] */
  private matrix(node: OnnxFileNode, isTransposed = false): Weight {
    const constant = this.constant(node, 1);
    if (constant?.shape.length !== 2) throw this.network.refusal(node, 'multiplies by something else than one matrix of the file', 'Export the network up to the embedding.');
    const { shape, data } = isTransposed ? transposedMatrix(constant) : constant;
    return { shape, data: inFloats(data) };
  }

  private weights(node: OnnxFileNode, input: number): Weight {
    const constant = this.constant(node, input);
    if (!constant) throw this.network.refusal(node, `has no constant ${node.inputs[input] ?? `input ${input}`}`, 'Export the model with its weights as constants.');
    return { shape: constant.shape, data: inFloats(constant.data) };
  }

  private constant(node: OnnxFileNode, input: number): FileConstant | undefined {
    const value = this.values.get(node.inputs[input] ?? '');
    return isConstant(value) ? value : undefined;
  }

  private featureOf(node: OnnxFileNode): Feature {
    const value = this.values.get(node.inputs[0] ?? '');
    if (value?.kind === 'feature') return value;
    throw this.unknown(node);
  }

  private unknown(node: OnnxFileNode): Error {
    const value = this.values.get(node.inputs[0] ?? '');
    return this.network.refusal(node, 'is an operation that is not known here', 'Use a network of convolutions, batch normalisations, ReLU, LeakyReLU or PReLU, additions and dense layers.', value?.kind === 'feature' ? value : undefined);
  }
}

/** Parameters of a batch normalisation are vectors whatever the image's axes are. */
function channelShape(x: Feature, { data }: FileConstant): readonly number[] {
  return x.axes === 'nchw' ? [data.length, 1, 1] : [data.length];
}
