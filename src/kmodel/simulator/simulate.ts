import { UserError } from '../../base/user-error';
import { convShapeOf } from '../v3/kpu-registers';
import { mainMemoryOutputFlag, type ConvLayer, type Layer, type Program } from '../v3/program';
import { checkProgram } from './check-program';
import * as layers from './float-layers';
import { KpuConvolutions } from './kpu-convolution';
import { quantizedAdd } from './quantized-add';
import { WorkMemory } from './work-memory';

/** Side of the map that `addPadding` makes of each value, and its values in a packed map. */
const paddedSide = 4;
const paddedValues = paddedSide ** 2;

/** What the first layer reads: bytes [channels][height][width] of a picture, or a vector of floats. */
export type SimulatorInput =
  | { readonly kind: 'picture'; readonly width: number; readonly height: number; readonly channels: number }
  | { readonly kind: 'vector'; readonly length: number };

/**
 * Runs a kmodel v3 as the vendor's runtime does on a K210: the KPU's integer arithmetic bit by bit, the processor's layers in
 * single precision. Each instance has its own memory, so several can run side by side.
 */
export class Simulator {
  readonly input: SimulatorInput;
  private readonly memory: WorkMemory;
  private readonly convolutions: KpuConvolutions;
  private readonly first: Layer;

  /**
   * @param name of the model, for messages
   * @throws UserError when the first layer takes no input, or a layer asks for what the KPU cannot do
   */
  constructor(
    private readonly program: Program,
    private readonly name: string,
  ) {
    const [first] = program.layers;
    if (first?.kind !== 'conv' && first?.kind !== 'fullyConnected') {
      throw new UserError(`${name} begins with ${first ? `the layer ${first.kind}` : 'no layer'}.`, 'The runtime starts only with a convolution or a fully connected layer: convert the model again.');
    }
    this.first = first;
    checkProgram(program, name);
    this.memory = new WorkMemory(program.mainMemoryBytes, name);
    this.input = first.kind === 'conv' ? pictureOf(first) : { kind: 'vector', length: first.inputChannels };
    this.convolutions = new KpuConvolutions(program.layers.flatMap((layer, index) => (layer.kind === 'conv' ? [{ layer, name: `${name}: layer ${index}` }] : [])));
  }

  /**
   * @param input as `this.input` describes it: bytes of a picture, floats of a vector
   * @param onLayer called after each layer with what it wrote: for comparisons
   * @returns the outputs as bytes of the file's sizes; floats for models that end in a float layer
   */
  run(input: Uint8Array | Float32Array, onLayer?: (index: number, output: Uint8Array | Float32Array) => void): Uint8Array[] {
    this.setInput(input);
    this.program.layers.forEach((layer, index) => {
      const output = this.execute(layer);
      onLayer?.(index, output);
    });
    return this.program.outputs.map(({ addressBytes, sizeBytes }) => this.memory.bytes(addressBytes, sizeBytes));
  }

  private setInput(input: Uint8Array | Float32Array): void {
    const { first } = this;
    const expected = this.input.kind === 'picture' ? this.input.width * this.input.height * this.input.channels : this.input.length;
    if (input.length !== expected) throw new RangeError(`${this.name} takes ${expected} values, not ${input.length}`);
    if (first.kind === 'conv' && input instanceof Uint8Array) this.memory.setMap(inputPlace(first), input);
    else if (first.kind === 'fullyConnected' && input instanceof Float32Array) this.memory.setSingles(first.input, input);
    else throw new TypeError(`${this.name} takes ${this.input.kind === 'picture' ? 'bytes' : 'floats'}`);
  }

  private execute(layer: Layer): Uint8Array | Float32Array {
    const { memory } = this;
    switch (layer.kind) {
      case 'conv':
        return this.executeConv(layer);
      case 'upload': {
        const packed = memory.bytes(layer.input, layer.width * layer.height * layer.channels);
        memory.setMap({ width: layer.width, height: layer.height, channels: layer.channels, line: layer.outputLine }, packed);
        return packed;
      }
      case 'addPadding':
        return this.executeAddPadding(layer.input, layer.outputLine, layer.channels);
      case 'removePadding': {
        const source = memory.bytes(layer.input, (layer.channels - 1) * paddedValues + 1);
        return this.writeBytes(layer.output, Uint8Array.from({ length: layer.channels }, (_, channel) => source[channel * paddedValues] as number));
      }
      case 'quantizedAdd': {
        // The kernel works on eight values at a time.
        const count = Math.ceil(layer.count / 8) * 8;
        return this.writeBytes(layer.output, quantizedAdd(layer, memory.bytes(layer.inputA, count), memory.bytes(layer.inputB, count)));
      }
      case 'quantizedMaxPool2d':
        memory.checkMain(layer.output, layer.outputWidth * layer.outputHeight * layer.outputChannels);
        return this.writeBytes(layer.output, layers.quantizedMaxPool(memory.bytes(layer.input, layer.inputWidth * layer.inputHeight * layer.inputChannels), layer));
      case 'quantize':
        return this.writeBytes(layer.output, layers.quantize(memory.singles(layer.input, layer.count), layer.scale, layer.bias));
      case 'requantize':
        return this.writeBytes(layer.output, memory.bytes(layer.input, layer.count).map((value) => layer.table[value] as number));
      case 'quantizedResizeNearestNeighbor': {
        const source = memory.bytes(layer.input, layer.width * layer.height * layer.channels);
        memory.checkMain(layer.output, layer.outputWidth * layer.outputHeight * layer.channels);
        return this.writeBytes(layer.output, Uint8Array.from(layers.nearestNeighbours(layer), (i) => source[i] as number));
      }
      case 'concat':
      case 'quantizedConcat':
        memory.checkMain(layer.output, layer.inputs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
        return this.writeBytes(layer.output, concatenated(layer.inputs.map(({ start, sizeBytes }) => memory.bytes(start, sizeBytes))));
      default:
        return this.writeSingles(layer.output, this.executeFloat(layer));
    }
  }

  private executeFloat(layer: FloatLayer): Float32Array {
    const { memory } = this;
    switch (layer.kind) {
      case 'add':
        return layers.add(memory.singles(layer.inputA, layer.count), memory.singles(layer.inputB, layer.count));
      case 'globalAveragePool2d':
        return layers.globalAverage(memory.singles(layer.input, layer.kernelSize * layer.channels), layer.kernelSize, layer.channels);
      case 'averagePool2d':
        memory.checkMain(layer.output, 4 * layer.outputWidth * layer.outputHeight * layer.outputChannels);
        return layers.averagePool(memory.singles(layer.input, layer.inputWidth * layer.inputHeight * layer.inputChannels), layer);
      case 'dequantize':
        return layers.dequantize(memory.bytes(layer.input, layer.count), layer.scale, layer.bias);
      case 'channelwiseDequantize': {
        const source = memory.bytes(layer.input, layer.channels * layer.channelSize);
        return concatenatedSingles(layer.parameters.map(({ scale, bias }, channel) =>
          layers.dequantize(source.subarray(channel * layer.channelSize, (channel + 1) * layer.channelSize), scale, bias)));
      }
      case 'l2Normalization':
        return layers.l2Normalize(memory.singles(layer.input, layer.count));
      case 'softmax':
        return layers.softmax(memory.singles(layer.input, layer.count));
      case 'logistic':
        return layers.logistic(memory.singles(layer.input, layer.count));
      case 'fullyConnected':
        return layers.fullyConnected(memory.singles(layer.input, layer.inputChannels), layer.weights, layer.bias, layer.activation);
      case 'tensorflowFlatten':
        return layers.flattenToChannelsLast(memory.singles(layer.input, layer.width * layer.height * layer.channels), layer.width, layer.height, layer.channels);
      case 'resizeNearestNeighbor': {
        const source = memory.singles(layer.input, layer.width * layer.height * layer.channels);
        memory.checkMain(layer.output, 4 * layer.outputWidth * layer.outputHeight * layer.channels);
        return Float32Array.from(layers.nearestNeighbours(layer), (i) => source[i] as number);
      }
    }
  }

  private executeConv(layer: ConvLayer): Uint8Array {
    const { outputWidth: width, outputHeight: height, outputChannels: channels } = convShapeOf(layer.registers);
    const output = this.convolutions.run(layer, this.memory.map(inputPlace(layer)));
    this.memory.setMap({ width, height, channels, line: layer.registers.imageDestinationLine }, output);
    if ((layer.flags & mainMemoryOutputFlag) !== 0) this.memory.setBytes(layer.mainMemoryOutput, output);
    return output;
  }

  /** Each value becomes the first pixel of a channel of 4 x 4; the others keep what was there. */
  private executeAddPadding(input: number, line: number, channels: number): Uint8Array {
    const place = { width: paddedSide, height: paddedSide, channels, line };
    const values = this.memory.bytes(input, channels);
    const maps = this.memory.map(place);
    values.forEach((value, channel) => (maps[channel * paddedValues] = value));
    this.memory.setMap(place, maps);
    return values;
  }

  private writeBytes(address: number, values: Uint8Array): Uint8Array {
    this.memory.setBytes(address, values);
    return values;
  }

  private writeSingles(address: number, values: Float32Array): Float32Array {
    this.memory.setSingles(address, values);
    return values;
  }
}

type FloatKind =
  | 'add' | 'globalAveragePool2d' | 'averagePool2d' | 'dequantize' | 'channelwiseDequantize' | 'l2Normalization' | 'softmax' | 'logistic'
  | 'fullyConnected' | 'tensorflowFlatten' | 'resizeNearestNeighbor';
type FloatLayer = Extract<Layer, { kind: FloatKind }>;

function inputPlace({ registers }: ConvLayer): { width: number; height: number; channels: number; line: number } {
  const { inputWidth: width, inputHeight: height, inputChannels: channels } = convShapeOf(registers);
  return { width, height, channels, line: registers.imageSourceLine };
}

function pictureOf({ registers }: ConvLayer): SimulatorInput {
  const { inputWidth: width, inputHeight: height, inputChannels: channels } = convShapeOf(registers);
  return { kind: 'picture', width, height, channels };
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((start, part) => (whole.set(part, start), start + part.length), 0);
  return whole;
}

function concatenatedSingles(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((start, part) => (whole.set(part, start), start + part.length), 0);
  return whole;
}
