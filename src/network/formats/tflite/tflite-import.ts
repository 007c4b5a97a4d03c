import { bends, prelu } from '../import/channel-function';
import { FileArithmetic, type ArithmeticOperator } from '../import/file-arithmetic';
import { constantOf, inFloats, isConstant, type Feature, type FileConstant, type FileOperation, type GraphValue } from '../import/graph-value';
import type { ImportedModel } from '../import/imported-model';
import { NetworkAssembler } from '../import/network-assembler';
import { transposedBack } from '../kernel-layout';
import { dequantized } from './dequantize';
import { tfliteOrders } from './tflite-lowering';
import type { TfliteModel, TfliteOperator } from './tflite-model';
import { fusedActivations, paddings, type OperatorName } from './tflite-schema';

const binaryOperators: Partial<Record<OperatorName, ArithmeticOperator>> = { ADD: 'add', SUB: 'sub', MUL: 'mul', DIV: 'div', MAXIMUM: 'max', MINIMUM: 'min' };
/** They compute the shape of a free batch, which RESHAPE's output tells. */
const shapeOperators: ReadonlySet<OperatorName> = new Set(['SHAPE', 'STRIDED_SLICE', 'PACK']);

/** Reads a network of convolutions that another converter wrote. @throws UserError naming the operator that is not known here, its shape, and what to do */
export function importTflite(model: TfliteModel, file: string): ImportedModel {
  return new TfliteImport(model, file).run();
}

type Place = FileOperation & { readonly operator: TfliteOperator };

class TfliteImport {
  private readonly network: NetworkAssembler;
  private readonly arithmetic: FileArithmetic;
  private readonly values = new Map<number, GraphValue>();

  constructor(private readonly model: TfliteModel, file: string) {
    this.network = new NetworkAssembler(file);
    this.arithmetic = new FileArithmetic(this.network);
    model.tensors.forEach((tensor, index) => {
      if (tensor.data !== undefined) this.values.set(index, { kind: 'constant', ...dequantized(tensor) });
    });
  }

  run(): ImportedModel {
    const { input, output, operators, tensors } = this.model;
    this.values.set(input, this.network.input({ name: tensors[input]?.name ?? '', type: 'input' }, tensors[input]?.shape ?? []));
    for (const operator of operators) {
      if (shapeOperators.has(operator.op)) continue;
      const target = operator.outputs[0] ?? -1;
      // Converters join the names of what they fused by ";".
      const name = (tensors[target]?.name ?? '').split(';')[0] ?? '';
      const place: Place = { name, type: operator.op, operator };
      this.values.set(target, this.activated(place, this.valueOf(place)));
    }
    const end = { name: tensors[output]?.name ?? '', type: 'output' };
    const embedding = this.values.get(output);
    if (embedding?.kind !== 'feature') throw this.network.refusal(end, 'is no embedding of the picture', 'Convert the network up to the embedding.');
    return this.network.finish(end, embedding);
  }

  private valueOf(place: Place): GraphValue {
    const { op, inputs } = place.operator;
    const [first, second] = inputs.map((index) => this.values.get(index));
    const operator = binaryOperators[op];
    if (operator && first && second) return this.arithmetic.binary(place, operator, first, second);
    if (first && (op === 'QUANTIZE' || op === 'DEQUANTIZE')) return first;
    if (first?.kind === 'length') return this.ofLength(place, first);
    if (first?.kind === 'feature') return this.ofFeature(place, first);
    throw this.unknown(place);
  }

  private ofLength(place: Place, x: Extract<GraphValue, { kind: 'length' }>): GraphValue {
    switch (place.operator.op) {
      case 'SUM':
        return this.arithmetic.summed(place, x);
      case 'SQRT':
        return this.arithmetic.power(place, x, 0.5);
      case 'RSQRT':
        return this.arithmetic.power(place, x, -0.5);
      default:
        throw this.unknown(place, x.of);
    }
  }

  private ofFeature(place: Place, x: Feature): GraphValue {
    const { op, options } = place.operator;
    switch (op) {
      case 'CONV_2D':
      case 'DEPTHWISE_CONV_2D':
        return this.convolution(place, x);
      case 'FULLY_CONNECTED': {
        const bias = this.constant(place, 2);
        return this.network.dense(place, x, transposedBack(this.weights(place), tfliteOrders.dense), bias && Float32Array.from(bias.data));
      }
      case 'RELU':
        return this.network.bend(place, x, bends.relu);
      case 'RELU6':
        return this.network.relu6(place, x);
      case 'ABS':
        return this.network.bend(place, x, bends.absolute);
      case 'LEAKY_RELU':
        return this.network.bend(place, x, prelu(new Array<number>(this.network.channelsOf(x)).fill(options['alpha'] ?? 0)));
      case 'PRELU':
        return this.network.bend(place, x, prelu(this.arithmetic.perChannel(place, x, this.constant(place, 1) ?? constantOf([0]))));
      case 'NEG':
        return this.arithmetic.binary(place, 'mul', x, constantOf([-1]));
      case 'PAD':
      case 'PADV2':
        return this.pad(place, x);
      case 'AVERAGE_POOL_2D':
        return this.averagePool(place, x);
      case 'MEAN':
        return this.mean(place, x);
      case 'SQUARE':
        return this.arithmetic.square(place, x);
      case 'L2_NORMALIZATION':
        return this.network.unit(place, x);
      case 'RESHAPE':
      case 'SQUEEZE':
      case 'EXPAND_DIMS':
        return this.reshape(place, x);
      default:
        throw this.unknown(place, x);
    }
  }

  private convolution(place: Place, x: Feature): Feature {
    const { op, options } = place.operator;
    const isDepthwise = op === 'DEPTHWISE_CONV_2D';
    const stored = this.weights(place);
    const channels = this.network.channelsOf(x);
    if ([options['dilationW'], options['dilationH']].some((value) => (value ?? 0) > 1)) throw this.network.refusal(place, 'is dilated', 'Use a convolution without dilation.', x);
    if (stored.shape[3] !== channels) throw this.network.refusal(place, `has kernels of ${stored.shape[3] ?? 0} channels`, 'Only ordinary convolutions, and depthwise ones with one kernel for each channel, are known here.', x);
    const bias = this.constant(place, 2);
    return this.network.convolve(place, x, {
      kernel: transposedBack(stored, tfliteOrders[isDepthwise ? 'depthwiseConv2d' : 'conv2d']), isDepthwise, strides: [options['strideH'] ?? 1, options['strideW'] ?? 1],
      padding: options['padding'] === paddings.same ? 'same' : [0, 0, 0, 0], ...(bias ? { bias: Float32Array.from(bias.data) } : {}),
    });
  }

  private activated(place: Place, value: GraphValue): GraphValue {
    const code = place.operator.options['activation'] ?? fusedActivations.none;
    if (code === fusedActivations.none || value.kind !== 'feature') return value;
    const activation = { ...place, name: `${place.name}_activation` };
    if (code === fusedActivations.relu) return this.network.bend(activation, value, bends.relu);
    if (code === fusedActivations.relu6) return this.network.relu6(activation, value);
    throw this.network.refusal(place, `has the activation ${code} inside`, 'Use ReLU, ReLU6, LeakyReLU or PReLU.', value);
  }

  private pad(place: Place, x: Feature): Feature {
    const [, , top = 0, bottom = 0, left = 0, right = 0, ...channels] = this.constant(place, 1)?.data ?? [];
    const value = this.constant(place, 2)?.data[0] ?? 0;
    if (channels.some((pixels) => pixels !== 0) || value !== 0) throw this.network.refusal(place, 'pads with something else than pixels of zeros', 'Pad height and width with zeros.', x);
    return this.network.pad(place, x, [top, left, bottom, right]);
  }

  private averagePool(place: Place, x: Feature): Feature {
    const { padding, strideW = 1, strideH = 1, filterW = 1, filterH = 1 } = place.operator.options;
    const [height, width] = this.network.shapeOf(x.layer);
    if (filterH === height && filterW === width && padding === paddings.valid) return this.network.average(place, x);
    if (filterW !== filterH || strideW !== strideH || padding !== paddings.valid) throw this.network.refusal(place, 'averages over windows that are not square, or over a padded image', 'Average over squares without padding.', x);
    return this.network.average(place, x, filterW, strideW);
  }

  private mean(place: Place, x: Feature): Feature {
    const axes = [...(this.constant(place, 1)?.data ?? [])].map((axis) => (axis < 0 ? axis + 4 : axis)).sort((a, b) => a - b);
    if (axes.join() !== '1,2') throw this.network.refusal(place, `averages over axes ${axes.join(', ')}`, 'Only averages over the whole image are known here.', x);
    const mean = this.network.average(place, x);
    return (place.operator.options['keepDims'] ?? 0) !== 0 ? mean : this.network.flatten({ ...place, name: `${place.name}_flatten` }, mean);
  }

  private reshape(place: Place, x: Feature): Feature {
    const target = this.model.tensors[place.operator.outputs[0] ?? -1]?.shape ?? [];
    const shape = this.network.shapeOf(x.layer);
    if (target.length <= 2) return this.network.flatten(place, x);
    if (target.length === 4 && target.slice(1).join() === (shape.length === 3 ? shape : [1, 1, ...shape]).join()) return { ...x, axes: 'nhwc' };
    throw this.network.refusal(place, `reshapes it to [${target.join(', ')}]`, 'Only flattening is known here.', x);
  }

  private weights(place: Place): { readonly shape: readonly number[]; readonly data: Float32Array } {
    const constant = this.constant(place, 1);
    if (!constant) throw this.network.refusal(place, 'has no constant weights', 'Convert the model with its weights as constants.');
    return { shape: constant.shape, data: inFloats(constant.data) };
  }

  private constant({ operator }: Place, input: number): FileConstant | undefined {
    const value = this.values.get(operator.inputs[input] ?? -1);
    return isConstant(value) ? value : undefined;
  }

  private unknown(place: Place, x?: Feature): Error {
    return this.network.refusal(place, 'is an operation that is not known here', 'Use a network of convolutions, batch normalisations, ReLU, LeakyReLU or PReLU, additions and dense layers.', x);
  }
}
