import { productVersion } from '../../../base/product';
import { UserError } from '../../../base/user-error';
import type { FoldedNetwork } from '../../fold-batch-normalization';
import { elementCount } from '../../graph/graph-def';
import { layerShapes } from '../../layer-shapes';
import type { BatchNormalizationLayer, Conv2dLayer, DenseLayer, DepthwiseConv2dLayer, Layer, Weight } from '../../network-spec';
import { weightOf } from '../../weight-definitions';
import { transposed } from '../kernel-layout';
import { activationQuantization, quantizeBias, quantizeWeight, type ValueRange } from './quantization';
import type { TfliteModel, TfliteOperator, TfliteQuantization, TfliteTensor } from './tflite-model';
import { paddings, type OperatorName } from './tflite-schema';

/** How values are stored and computed. */
export type TflitePrecision =
  | { readonly kind: 'float32' }
  /** Large kernels as int8, computed with activations that the interpreter quantizes as they come. */
  | { readonly kind: 'dynamic' }
  /** Everything int8. `ranges`: what each layer's output was seen to take; `io`: what goes in and comes out. */
  | { readonly kind: 'int8'; readonly ranges: ReadonlyMap<string, ValueRange>; readonly io: 'int8' | 'float32' };

/** Axis orders of kernels in TensorFlow Lite: [out, height, width, in], [1, height, width, channels], [units, in]. */
export const tfliteOrders = { conv2d: [3, 0, 1, 2], depthwiseConv2d: [3, 0, 1, 2], dense: [1, 0] } as const;
/** Axis that counts output channels there. */
const channelAxis = { conv2d: 0, depthwiseConv2d: 3, dense: undefined } as const;
/** Smaller kernels stay float32 in `dynamic`: TensorFlow's converter draws the line here too. */
const leastDynamicElements = 1024;

/** The network in TensorFlow Lite's terms; tensors carry the layers' names. */
export function lowerToTflite(network: FoldedNetwork, precision: TflitePrecision, metadata: TfliteModel['metadata']): TfliteModel {
  return new Lowering(network, precision).lower(metadata);
}

class Lowering {
  private readonly tensors: TfliteTensor[] = [];
  private readonly operators: TfliteOperator[] = [];
  /** Index of the tensor that holds a layer's output. */
  private readonly outputs = new Map<string, number>();
  private readonly shapes: ReadonlyMap<string, readonly number[]>;

  constructor(private readonly network: FoldedNetwork, private readonly precision: TflitePrecision) {
    this.shapes = layerShapes(network.spec);
  }

  lower(metadata: TfliteModel['metadata']): TfliteModel {
    const { spec } = this.network;
    let input = 0;
    for (const layer of spec.layers) {
      if (layer.kind === 'input') input = this.addInput(layer);
      else this.addLayer(layer);
    }
    let output = this.outputOf(spec.output);
    if (this.precision.kind === 'int8' && this.precision.io === 'float32') {
      const real = this.tensor({ name: 'embedding_float', shape: [1, spec.embeddingLength], freeBatch: true, type: 'float32' });
      this.operator('DEQUANTIZE', [output], real);
      output = real;
    }
    return {
      description: `MobileFaceNet Studio ${productVersion}, ${spec.name}`, tensors: this.tensors, operators: this.operators, input, output,
      signature: { input: 'input', output: 'embedding' }, metadata,
    };
  }

  private addInput(layer: Extract<Layer, { kind: 'input' }>): number {
    if (this.precision.kind !== 'int8' || this.precision.io === 'int8') return this.activation(layer.name);
    const real = this.tensor({ name: 'input_float', shape: [1, ...layer.shape], freeBatch: true, type: 'float32' });
    this.operator('QUANTIZE', [real], this.activation(layer.name));
    return real;
  }

  private addLayer(layer: Exclude<Layer, { kind: 'input' }>): void {
    switch (layer.kind) {
      case 'conv2d':
        return this.addKernelLayer(layer, 'CONV_2D', `${layer.name}/kernel`, convolutionOptions(layer));
      case 'depthwiseConv2d':
        return this.addKernelLayer(layer, 'DEPTHWISE_CONV_2D', `${layer.name}/depthwise_kernel`, { ...convolutionOptions(layer), depthMultiplier: 1 });
      case 'dense':
        return this.addKernelLayer(layer, 'FULLY_CONNECTED', `${layer.name}/kernel`, {});
      case 'zeroPadding2d': {
        const pads = this.int32(`${layer.name}/pads`, [4, 2], [0, 0, ...layer.padding.flat(), 0, 0]);
        return void this.operator('PAD', [this.outputOf(layer.input), pads], this.activation(layer.name, layer.input));
      }
      case 'flatten': {
        const shape = this.int32(`${layer.name}/shape`, [2], [-1, elementCount(this.shapeOf(layer.input))]);
        return void this.operator('RESHAPE', [this.outputOf(layer.input), shape], this.activation(layer.name, layer.input));
      }
      case 'add':
        return void this.operator('ADD', layer.inputs.map((name) => this.outputOf(name)), this.activation(layer.name));
      case 'leakyRelu':
        return void this.operator('LEAKY_RELU', [this.outputOf(layer.input)], this.activation(layer.name), { alpha: layer.negativeSlope });
      case 'relu':
        return void this.operator(layer.maxValue === 6 ? 'RELU6' : 'RELU', [this.outputOf(layer.input)], this.activation(layer.name));
      case 'prelu': {
        const alpha = this.weight(`${layer.name}/alpha`);
        const slopes = { shape: [1, 1, alpha.data.length], data: alpha.data };
        const constant = this.precision.kind === 'int8' ? this.int8Weight(`${layer.name}/alpha`, slopes, undefined) : this.float32(`${layer.name}/alpha`, slopes);
        return void this.operator('PRELU', [this.outputOf(layer.input), constant], this.activation(layer.name));
      }
      case 'batchNormalization':
        return this.addBatchNormalization(layer);
      case 'dropout':
        throw new Error(`Layer ${layer.name} is dropout, which inference does not have`);
    }
  }

  private addKernelLayer(layer: Conv2dLayer | DepthwiseConv2dLayer | DenseLayer, op: OperatorName, kernelName: string, options: TfliteOperator['options']): void {
    const input = this.outputOf(layer.input);
    const kernel = this.kernel(kernelName, transposed(this.weight(kernelName), tfliteOrders[layer.kind]), channelAxis[layer.kind]);
    const channels = this.shapeOf(layer.name).at(-1) ?? 0;
    const bias = layer.useBias ? this.weight(`${layer.name}/bias`).data : new Float32Array(channels);
    this.operator(op, [input, kernel, this.bias(`${layer.name}/bias`, bias, input, kernel)], this.activation(layer.name), options);
  }

  /** A batch normalisation that could not be folded into the layer before it. */
  private addBatchNormalization(layer: BatchNormalizationLayer): void {
    if (this.precision.kind === 'int8') {
      throw new UserError(
        `Layer ${layer.name} is a batch normalisation that follows no convolution, which int8 cannot express.`,
        'Export the model as tflite or tflite-dynamic.',
      );
    }
    const [gamma, beta, mean, variance] = ['gamma', 'beta', 'moving_mean', 'moving_variance'].map((name) => this.weight(`${layer.name}/${name}`).data);
    const scale = Float32Array.from(gamma ?? [], (value, i) => value / Math.sqrt((variance?.[i] ?? 0) + layer.epsilon));
    const shift = Float32Array.from(beta ?? [], (value, i) => value - (mean?.[i] ?? 0) * (scale[i] ?? 0));
    const scaled = this.tensor({ name: `${layer.name}/scaled`, shape: [1, ...this.shapeOf(layer.name)], freeBatch: true, type: 'float32' });
    this.operator('MUL', [this.outputOf(layer.input), this.float32(`${layer.name}/scale`, { shape: [scale.length], data: scale })], scaled);
    this.operator('ADD', [scaled, this.float32(`${layer.name}/shift`, { shape: [shift.length], data: shift })], this.activation(layer.name));
  }

  private kernel(name: string, kernel: Weight, dimension: number | undefined): number {
    const { kind } = this.precision;
    if (kind === 'float32' || (kind === 'dynamic' && kernel.data.length < leastDynamicElements)) return this.float32(name, kernel);
    return this.int8Weight(name, kernel, dimension);
  }

  private int8Weight(name: string, weight: Weight, dimension: number | undefined): number {
    const { data, quantization } = quantizeWeight(weight, dimension);
    return this.tensor({ name, shape: weight.shape, freeBatch: false, type: 'int8', data: new Uint8Array(data.buffer), quantization });
  }

  private bias(name: string, bias: Float32Array, input: number, kernel: number): number {
    if (this.precision.kind !== 'int8') return this.float32(name, { shape: [bias.length], data: bias });
    const [inputScale = 1] = this.tensors[input]?.quantization?.scales ?? [];
    const { data, quantization } = quantizeBias(bias, inputScale, this.tensors[kernel]?.quantization?.scales ?? []);
    return this.tensor({ name, shape: [bias.length], freeBatch: false, type: 'int32', data: new Uint8Array(data.buffer), quantization });
  }

  private float32(name: string, { shape, data }: Weight): number {
    return this.tensor({ name, shape, freeBatch: false, type: 'float32', data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) });
  }

  private int32(name: string, shape: readonly number[], values: readonly number[]): number {
    return this.tensor({ name, shape, freeBatch: false, type: 'int32', data: new Uint8Array(Int32Array.from(values).buffer) });
  }

  /** The output tensor of a layer. @param sameAs a layer whose quantization it must share, because values are only moved */
  private activation(layer: string, sameAs?: string): number {
    const quantization = this.precision.kind === 'int8' ? this.activationQuantization(layer, sameAs, this.precision.ranges) : undefined;
    const index = this.tensor({
      name: layer, shape: [1, ...this.shapeOf(layer)], freeBatch: true, type: quantization ? 'int8' : 'float32', ...(quantization ? { quantization } : {}),
    });
    this.outputs.set(layer, index);
    return index;
  }

  private activationQuantization(layer: string, sameAs: string | undefined, ranges: ReadonlyMap<string, ValueRange>): TfliteQuantization {
    const shared = sameAs === undefined ? undefined : this.tensors[this.outputOf(sameAs)]?.quantization;
    if (shared) return shared;
    const range = ranges.get(layer);
    if (!range) throw new Error(`Layer ${layer} was not calibrated`);
    return activationQuantization(range);
  }

  private tensor(tensor: TfliteTensor): number {
    return this.tensors.push(tensor) - 1;
  }

  private operator(op: OperatorName, inputs: readonly number[], output: number, options: TfliteOperator['options'] = {}): void {
    const isInt8 = (index: number | undefined): boolean => index !== undefined && this.tensors[index]?.type === 'int8';
    const hybrid = !isInt8(inputs[0]) && isInt8(inputs[1]);
    this.operators.push({ op, version: operatorVersion(op, hybrid ? 'hybrid' : isInt8(inputs[0]) ? 'int8' : 'float32'), inputs, outputs: [output], options });
  }

  private weight(name: string): Weight {
    return weightOf(this.network.weights, name);
  }

  private shapeOf(layer: string): readonly number[] {
    return this.shapes.get(layer) ?? [];
  }

  private outputOf(layer: string): number {
    const index = this.outputs.get(layer);
    if (index === undefined) throw new Error(`Layer ${layer} has no output`);
    return index;
  }
}

/** First version of each operator that has the given arithmetic (tensorflow/lite/tools/versioning/op_version.cc). */
const versions: Partial<Record<OperatorName, { readonly int8: number; readonly hybrid?: number }>> = {
  CONV_2D: { int8: 3, hybrid: 5 },
  DEPTHWISE_CONV_2D: { int8: 3, hybrid: 6 },
  FULLY_CONNECTED: { int8: 4, hybrid: 3 },
  ADD: { int8: 2 },
  PAD: { int8: 2 },
  RELU: { int8: 2 },
  RELU6: { int8: 2 },
  LEAKY_RELU: { int8: 2 },
  DEQUANTIZE: { int8: 2 },
};

function operatorVersion(op: OperatorName, arithmetic: 'float32' | 'int8' | 'hybrid'): number {
  return arithmetic === 'float32' ? 1 : (versions[op]?.[arithmetic] ?? 1);
}

function convolutionOptions({ padding, strides }: Conv2dLayer | DepthwiseConv2dLayer): TfliteOperator['options'] {
  return { padding: paddings[padding], strideW: strides, strideH: strides };
}
