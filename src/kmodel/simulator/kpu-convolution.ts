/**
 * The KPU's convolution, bit by bit (design document "k210-kmodel", section 4):
 * acc = sum(x w) + ((argX sum(x)) >> shiftX) + ((argW sum(w)) >> shiftW) + argAdd * N, then batch norm, activation and pooling.
 */
import { createWasmMemory, wasmBytes, type WasmMemory } from '../../base/wasm/wasm-module';
import { convShapeOf, type ConvShape } from '../v3/kpu-registers';
import type { ConvLayer } from '../v3/program';
import { channelBytes, createKpuKernel, layerFields, panelPairBytes, rowsAtOnce, scratchBytes, segmentBytes, tapPairs, type ConvolveRow, type KpuKernel, type LayerDescription } from './kpu-kernel';
import { pickOf, poolChannel, pooledSize } from './kpu-pooling';
import { kpuTables, type KpuTables } from './kpu-tables';
import { fillPlanes, tapPlanes, type TapPlanes } from './tap-planes';

/** The kernel may read and write this much behind the end. */
const slackBytes = 64;
const alignmentBytes = 16;
/** 16-bit weights enter the kernel as signed numbers; what is taken off comes back with the sum of the inputs. */
const signedOffset = 2 ** 15;
/** Pairs of taps whose products cannot overflow 32 bits: 256 products of 255 * 2^15, or far more than a layer has of 255 * 255. */
const chunkPairs = { 8: 2 ** 13, 16: 128 } as const;

interface PreparedLayer {
  readonly layer: ConvLayer;
  readonly shape: ConvShape;
  readonly planes: TapPlanes;
  readonly weights: number;
  /** Bytes of weights of one group of rows. */
  readonly groupBytes: number;
  readonly channels: number;
  readonly description: number;
}

/** The convolutions of one model, prepared: weights and tables lie in the kernel's memory. */
export class KpuConvolutions {
  private readonly memory: WasmMemory = createWasmMemory();
  /** Absent where there is nothing to convolve. */
  private readonly kernel: KpuKernel | undefined;
  private readonly prepared = new Map<ConvLayer, PreparedLayer>();
  private used = scratchBytes;
  private readonly panel: number;
  private readonly source: number;
  private readonly output: number;

  /**
   * @param layers with their names for messages
   * @throws UserError naming the layer whose numbers no chip could hold
   */
  constructor(layers: readonly { readonly layer: ConvLayer; readonly name: string }[]) {
    this.kernel = layers.length > 0 ? createKpuKernel(this.memory) : undefined;
    const planned = layers.map(({ layer, name }) => {
      const shape = convShapeOf(layer.registers);
      return { layer, shape, planes: tapPlanes(shape, layer.registers.poolType), tables: kpuTables(layer, shape, name) };
    });
    const most = (bytes: (plan: (typeof planned)[number]) => number): number => planned.reduce((largest, plan) => Math.max(largest, bytes(plan)), 0);
    this.panel = this.take(most(({ planes }) => pairsOf(planes) * panelPairBytes));
    this.source = this.take(most(({ planes }) => planes.bytes) + slackBytes);
    this.output = this.take(most(({ shape, planes }) => (shape.outputChannels + rowsAtOnce) * planes.rows * planes.rowPixels) + slackBytes);
    for (const { layer, shape, planes, tables } of planned) this.prepared.set(layer, this.prepare(layer, shape, planes, tables));
  }

  /**
   * @param layer one of those that were prepared
   * @param input packed bytes [channels][height][width]
   * @returns packed bytes [channels][height][width] of the output
   */
  run(layer: ConvLayer, input: Uint8Array): Uint8Array {
    const prepared = this.prepared.get(layer);
    const { kernel } = this;
    if (!prepared || !kernel) throw new Error('The convolution was not prepared');
    const { shape, planes } = prepared;
    const bytes = wasmBytes(this.memory, this.used);
    fillPlanes(planes, input, shape, layer.registers.padValue, bytes.subarray(this.source, this.source + planes.bytes));
    if (shape.depthwise) this.runDepthwise(prepared, kernel.convolveOne);
    else runRows(kernel.convolve, prepared, this.source, this.output, prepared.weights, prepared.channels);
    return this.pooled(prepared, bytes);
  }

  private runDepthwise(prepared: PreparedLayer, convolve: ConvolveRow): void {
    const { shape, planes, weights, groupBytes, channels } = prepared;
    const pixels = planes.rows * planes.rowPixels;
    for (let channel = 0; channel < shape.outputChannels; channel++) {
      runRows(convolve, prepared, this.source + channel * planes.channelBytes, this.output + channel * pixels, weights + channel * groupBytes, channels + channel * channelBytes);
    }
  }

  private pooled({ layer, shape, planes }: PreparedLayer, bytes: Uint8Array): Uint8Array {
    const { poolType } = layer.registers;
    const pixels = planes.rows * planes.rowPixels;
    if (poolType === 0 || pickOf(poolType)) return bytes.slice(this.output, this.output + shape.outputChannels * pixels);
    const { inputWidth: width, inputHeight: height } = shape;
    const pooledPixels = pooledSize(poolType, width) * pooledSize(poolType, height);
    const result = new Uint8Array(shape.outputChannels * pooledPixels);
    for (let channel = 0; channel < shape.outputChannels; channel++) {
      const start = this.output + channel * pixels;
      poolChannel(poolType, bytes.subarray(start, start + pixels), width, height, result.subarray(channel * pooledPixels, (channel + 1) * pooledPixels));
    }
    return result;
  }

  private prepare(layer: ConvLayer, shape: ConvShape, planes: TapPlanes, tables: KpuTables): PreparedLayer {
    const { argumentX, shiftX } = layer.registers;
    const isWide = layer.weights instanceof Uint16Array;
    const pairs = pairsOf(planes);
    const rows = shape.depthwise ? 1 : rowsAtOnce;
    const packed = packWeights(layer, shape.outputChannels, pairs, rows);
    const weights = this.place(packed);
    // Rows are computed in whole groups, so there are numbers for those behind the last channel too.
    const channels = this.place(BigInt64Array.from([...tables.channels, ...new Array<number>((rows - 1) * (channelBytes / 8)).fill(0)], BigInt));
    const segments = this.place(BigInt64Array.from(tables.segments, BigInt));
    const offsets = this.place(tapPairs(planes.offsets));
    const description: LayerDescription = {
      offsets, pairs, panel: this.panel, chunkPairs: chunkPairs[isWide ? 16 : 8], channels: shape.depthwise ? 1 : shape.outputChannels, outputPitch: planes.rows * planes.rowPixels,
      argumentX, shiftX, inputFactor: isWide ? signedOffset : 0, segments, segmentsEnd: segments + (tables.segments.length / (segmentBytes / 8)) * segmentBytes,
    };
    return {
      layer, shape, planes, weights, channels, groupBytes: pairs * rows * 4, description: this.place(Int32Array.from(layerFields, (field) => description[field])),
    };
  }

  /** Puts numbers behind everything else. @returns their address */
  private place(values: Int16Array | Int32Array | Uint32Array | BigInt64Array): number {
    const address = this.take(values.byteLength);
    wasmBytes(this.memory, this.used).set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), address);
    return address;
  }

  private take(bytes: number): number {
    const address = this.used;
    this.used += Math.ceil(bytes / alignmentBytes) * alignmentBytes;
    return address;
  }
}

function runRows(convolve: ConvolveRow, { planes: { rows, rowPixels, planeWidth }, description }: PreparedLayer, source: number, output: number, weights: number, channels: number): void {
  for (let y = 0; y < rows; y++) convolve(source + y * planeWidth, rowPixels, output + y * rowPixels, weights, channels, description);
}

function pairsOf({ offsets }: TapPlanes): number {
  return Math.ceil(offsets.length / 2);
}

/** For each group of rows [pair][row][2]; rows and taps that fill up groups and pairs are 0. */
function packWeights({ weights }: ConvLayer, channels: number, pairs: number, rows: number): Int16Array {
  const taps = weights.length / channels;
  const offset = weights instanceof Uint16Array ? signedOffset : 0;
  const packed = new Int16Array(Math.ceil(channels / rows) * rows * pairs * 2);
  for (let channel = 0; channel < channels; channel++) {
    const group = Math.floor(channel / rows) * pairs * rows * 2 + (channel % rows) * 2;
    for (let tap = 0; tap < taps; tap++) packed[group + (tap >> 1) * rows * 2 + (tap & 1)] = (weights[channel * taps + tap] as number) - offset;
  }
  return packed;
}
