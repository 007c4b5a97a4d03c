/**
 * Layers of a kmodel v3 and the order of the numbers in their bodies (shared design document "k210-kmodel", sections 1.3 and
 * 1.4, after kpu.h of the vendor's SDK). Addresses are bytes in the main-memory buffer unless the name says `Line`, which is a
 * 64-byte line of KPU memory. Sizes are elements unless the name says `Bytes`.
 */

export type NumberType = 'u32' | 'i32' | 'f32';

const unary = { flags: 'u32', input: 'u32', output: 'u32', count: 'u32' } as const;
const scaled = { ...unary, scale: 'f32', bias: 'f32' } as const;
const resize = {
  flags: 'u32', input: 'u32', output: 'u32', width: 'u32', height: 'u32', channels: 'u32', outputWidth: 'u32', outputHeight: 'u32', alignCorners: 'u32',
} as const;
const pool = {
  flags: 'u32', input: 'u32', output: 'u32',
  inputWidth: 'u32', inputHeight: 'u32', inputChannels: 'u32', outputWidth: 'u32', outputHeight: 'u32', outputChannels: 'u32',
  kernelWidth: 'u32', kernelHeight: 'u32', strideWidth: 'u32', strideHeight: 'u32', paddingWidth: 'u32', paddingHeight: 'u32',
} as const;
const concat = { flags: 'u32', output: 'u32', inputCount: 'u32' } as const;

/** Every layer type that the vendor's v3 runtime executes. `numbers` are the fixed part of the body, in file order. */
export const layerLayouts = {
  add: { type: 1, numbers: { flags: 'u32', inputA: 'u32', inputB: 'u32', output: 'u32', count: 'u32' } },
  quantizedAdd: {
    type: 2,
    numbers: {
      flags: 'u32', inputA: 'u32', inputB: 'u32', output: 'u32', count: 'u32', offsetA: 'i32', multiplierA: 'i32', shiftA: 'i32',
      offsetB: 'i32', multiplierB: 'i32', shiftB: 'i32', offsetOutput: 'i32', multiplierOutput: 'i32', shiftOutput: 'i32',
    },
  },
  globalAveragePool2d: { type: 5, numbers: { flags: 'u32', input: 'u32', output: 'u32', kernelSize: 'u32', channels: 'u32' } },
  quantizedMaxPool2d: { type: 8, numbers: pool },
  averagePool2d: { type: 9, numbers: { ...pool, activation: 'u32' } },
  quantize: { type: 11, numbers: scaled },
  dequantize: { type: 12, numbers: scaled },
  requantize: { type: 13, numbers: unary },
  l2Normalization: { type: 14, numbers: unary },
  softmax: { type: 15, numbers: unary },
  concat: { type: 16, numbers: concat },
  quantizedConcat: { type: 17, numbers: concat },
  fullyConnected: { type: 18, numbers: { flags: 'u32', input: 'u32', output: 'u32', inputChannels: 'u32', outputChannels: 'u32', activation: 'u32' } },
  tensorflowFlatten: { type: 20, numbers: { flags: 'u32', input: 'u32', output: 'u32', width: 'u32', height: 'u32', channels: 'u32' } },
  resizeNearestNeighbor: { type: 22, numbers: resize },
  quantizedResizeNearestNeighbor: { type: 23, numbers: resize },
  channelwiseDequantize: { type: 24, numbers: { flags: 'u32', input: 'u32', output: 'u32', channels: 'u32', channelSize: 'u32' } },
  logistic: { type: 25, numbers: unary },
  conv: { type: 10240, numbers: { flags: 'u32', mainMemoryOutput: 'u32' } },
  addPadding: { type: 10241, numbers: { flags: 'u32', input: 'u32', outputLine: 'u32', channels: 'u32' } },
  removePadding: { type: 10242, numbers: { flags: 'u32', input: 'u32', output: 'u32', channels: 'u32' } },
  upload: { type: 10243, numbers: { flags: 'u32', input: 'u32', outputLine: 'u32', width: 'u32', height: 'u32', channels: 'u32' } },
} as const satisfies Record<string, { readonly type: number; readonly numbers: Record<string, NumberType> }>;

export type LayerKind = keyof typeof layerLayouts;

/** Numbers of a layer's body, by name. */
export type LayerNumbers<K extends LayerKind> = { readonly [N in keyof (typeof layerLayouts)[K]['numbers']]: number };

/** Types that are numbered in the vendor's header but that its runtime cannot execute. */
export const unsupportedLayerTypes: ReadonlyMap<number, string> = new Map([
  [0, 'INVALID'], [3, 'GLOBAL_MAX_POOL2D'], [4, 'QUANTIZED_GLOBAL_MAX_POOL2D'], [6, 'QUANTIZED_GLOBAL_AVERAGE_POOL2D'], [7, 'MAX_POOL2D'],
  [10, 'QUANTIZED_AVERAGE_POOL2D'], [19, 'QUANTIZED_FULLY_CONNECTED'], [21, 'QUANTIZED_TENSORFLOW_FLATTEN'],
]);

const kindsByType: ReadonlyMap<number, LayerKind> = new Map((Object.keys(layerLayouts) as LayerKind[]).map((kind) => [layerLayouts[kind].type, kind]));

export function layerKindOf(type: number): LayerKind | undefined {
  return kindsByType.get(type);
}
