/**
 * The KPU's convolution as WebAssembly, for eight pixels at a time (design document "k210-kmodel", section 4).
 *
 * The inputs of eight neighbouring pixels are packed into a panel: for each pair of taps (input channel and place under the
 * kernel) sixteen 16-bit numbers, pixel by pixel. Products of a pair fit 32 bits; so many pairs as cannot overflow are summed there,
 * then in 64 bits, in which everything behind the sums is computed too.
 */
import { vector, wasm, wide } from '../../base/wasm/instructions';
import { compileWasm, type WasmFunction, type WasmMemory } from '../../base/wasm/wasm-module';

/** Pixels that are computed together, and output channels. */
export const pixelsAtOnce = 8;
export const rowsAtOnce = 4;
/** Bytes of a panel per pair of taps. */
export const panelPairBytes = 32;

/** Each pair of taps in the kernel's memory: two distances from a pixel, and a mask of the second's bits. */
const tapPairBytes = 12;
const allBits = 0xffff_ffff;

/** @param offsets distance of each tap from a pixel; an odd one's partner is masked out */
export function tapPairs(offsets: readonly number[]): Uint32Array {
  const pairs = Array.from({ length: Math.ceil(offsets.length / 2) }, (_, pair) => [offsets[2 * pair] ?? 0, offsets[2 * pair + 1] ?? 0, 2 * pair + 1 < offsets.length ? allBits : 0]);
  return Uint32Array.from(pairs.flat());
}

/** Where the kernel keeps its intermediate results, from address 0: sums of products [row][pixel], what each pixel's sums begin with, sums of inputs. */
const scratch = { products: 0, base: 256, inputs: 320 } as const;
export const scratchBytes = 352;
const wideBytes = 8;
const rowBytes = pixelsAtOnce * wideBytes;

/** 32-bit numbers that describe a layer to the kernel, by their place. */
export const layerFields = ['offsets', 'pairs', 'panel', 'chunkPairs', 'channels', 'outputPitch', 'argumentX', 'shiftX', 'inputFactor', 'segments', 'segmentsEnd'] as const;
export type LayerDescription = Readonly<Record<(typeof layerFields)[number], number>>;

/** 64-bit numbers of each output channel, and of each segment of the activation, by their place. */
export const channelFields = ['constant', 'multiplier', 'shift', 'add'] as const;
export const segmentFields = ['start', 'multiplier', 'shift', 'rounding', 'bias'] as const;
export const channelBytes = channelFields.length * wideBytes;
export const segmentBytes = segmentFields.length * wideBytes;

/** Distances from a segment's start are clipped to this; see `kpu-tables.ts` for why that changes nothing. */
export const largestDistance = 2 ** 46;

/**
 * Computes neighbouring pixels of a row in all channels. Up to seven bytes more are read behind the source, and rows of output up
 * to a multiple of `rowsAtOnce` are written.
 * @param source address of the first pixel's first tap
 * @param count pixels
 * @param output address of the first pixel in the first channel
 * @param weights 16-bit, for each group of rows [pair][row][2]
 * @param channels numbers of the first channel
 * @param layer description
 */
export type ConvolveRow = (source: number, count: number, output: number, weights: number, channels: number, layer: number) => void;

export interface KpuKernel {
  readonly convolve: ConvolveRow;
  /** The same with groups of one row: for depthwise convolutions, one channel a call. */
  readonly convolveOne: ConvolveRow;
}

export function createKpuKernel(memory: WasmMemory): KpuKernel {
  const functions = [packPanel(), finishRow(), addProducts(rowsAtOnce), addProducts(1), convolveRow('convolve', rowsAtOnce, index.products), convolveRow('convolveOne', 1, index.productsOfOne)];
  const { convolve, convolveOne } = compileWasm(memory, functions);
  return { convolve: convolve as ConvolveRow, convolveOne: convolveOne as ConvolveRow };
}

/** Numbers of the module's functions. */
const index = { pack: 0, finish: 1, products: 2, productsOfOne: 3 } as const;

const { get, set, tee, constant, add, subtract, multiply, lessUnsigned, loadNumber, call, select, loopWhile, loopWhileLess } = wasm;
const advance = (local: number, bytes: number): number[] => [...get(local), ...constant(bytes), ...add, ...set(local)];

/** Sixteen-bit lanes of two vectors in turn, from the first or the second half. */
function interleave(half: 0 | 1): number[] {
  return vector.shuffle(Array.from({ length: 16 }, (_, i) => (i % 4 < 2 ? 0 : 16) + 8 * half + 2 * Math.floor(i / 4) + (i % 2)));
}

const onesOfShorts = vector.constant(Array.from({ length: 16 }, (_, i) => (i % 2 === 0 ? 1 : 0)));

/** Packs eight pixels' inputs into a panel, and sums each pixel's. */
function packPanel(): WasmFunction {
  const l = { source: 0, offsets: 1, pairs: 2, panel: 3, end: 4, first: 5, second: 6, low: 7, high: 8, lowSums: 9, highSums: 10 } as const;
  const tap = (number: number): number[] => [...get(l.source), ...get(l.offsets), ...loadNumber(4 * number), ...add, ...vector.load8BytesWidened()];
  const half = (which: 0 | 1, local: number, sums: number): number[] => [
    ...[...get(l.panel), ...get(l.first), ...get(l.second), ...interleave(which), ...tee(local), ...vector.store(16 * which)],
    ...[...get(local), ...onesOfShorts, ...vector.dotOfShorts, ...get(sums), ...vector.addNumbers, ...set(sums)],
  ];
  const body = [
    ...[...tap(0), ...set(l.first), ...tap(1), ...get(l.offsets), ...vector.load4BytesRepeated(8), ...vector.and, ...set(l.second)],
    ...[...half(0, l.low, l.lowSums), ...half(1, l.high, l.highSums)],
    ...[...advance(l.offsets, tapPairBytes), ...get(l.panel), ...constant(panelPairBytes), ...add, ...tee(l.panel)],
  ];
  const code = [
    ...[...get(l.panel), ...get(l.pairs), ...constant(panelPairBytes), ...multiply, ...add, ...set(l.end)],
    ...loopWhileLess(l.end, body),
    ...[...constant(scratch.inputs), ...get(l.lowSums), ...vector.store(), ...constant(scratch.inputs), ...get(l.highSums), ...vector.store(16)],
  ];
  return { name: 'pack', parameters: 4, locals: ['i32', 'v128', 'v128', 'v128', 'v128', 'v128', 'v128'], code };
}

/** Adds a panel's products with the weights of some rows to the sums of products. */
function addProducts(rows: number): WasmFunction {
  const l = { panel: 0, weights: 1, pairs: 2, end: 3, low: 4, high: 5, weight: 6, sums: 7 } as const;
  const sumsOf = (row: number, half: number): number => l.sums + 2 * row + half;
  const addRow = (row: number): number[] => [
    ...[...get(l.weights), ...vector.load4BytesRepeated(4 * row), ...set(l.weight)],
    ...[l.low, l.high].flatMap((pixels, half) => [...get(pixels), ...get(l.weight), ...vector.dotOfShorts, ...get(sumsOf(row, half)), ...vector.addNumbers, ...set(sumsOf(row, half))]),
  ];
  const numbers = Array.from({ length: rows }, (_, row) => row);
  const body = [
    ...[...get(l.panel), ...vector.load(), ...set(l.low), ...get(l.panel), ...vector.load(16), ...set(l.high)],
    ...numbers.flatMap(addRow),
    ...[...advance(l.weights, 4 * rows), ...get(l.panel), ...constant(panelPairBytes), ...add, ...tee(l.panel)],
  ];
  const addWide = (row: number, half: number): number[] => [vector.widenLow, vector.widenHigh].flatMap((widen, quarter) => {
    const address = scratch.products + row * rowBytes + half * 32 + quarter * 16;
    return [...constant(address), ...constant(address), ...vector.load(), ...get(sumsOf(row, half)), ...widen, ...vector.addWide, ...vector.store()];
  });
  const code = [
    ...[...get(l.panel), ...get(l.pairs), ...constant(panelPairBytes), ...multiply, ...add, ...set(l.end)],
    ...loopWhileLess(l.end, body),
    ...numbers.flatMap((row) => [...addWide(row, 0), ...addWide(row, 1)]),
  ];
  return { name: `products${rows}`, parameters: 3, locals: ['i32', ...Array.from({ length: 3 + 2 * rows }, () => 'v128' as const)], code };
}

/** Batch norm and activation of one channel's sums: the last segment that starts below the value, halves to even, clipped to a byte. */
function finishRow(): WasmFunction {
  const l = { sums: 0, channel: 1, output: 2, outputEnd: 3, segments: 4, segmentsEnd: 5, segment: 6, chosen: 7, value: 8, constant: 9, multiplier: 10, shift: 11, add: 12 } as const;
  const channelField = (name: (typeof channelFields)[number]): number => wideBytes * channelFields.indexOf(name);
  const segmentField = (name: (typeof segmentFields)[number]): number[] => [...get(l.chosen), ...wide.load(wideBytes * segmentFields.indexOf(name))];
  const leastOf = (limit: number): number[] => [...set(l.value), ...get(l.value), ...wide.constant(limit), ...get(l.value), ...wide.constant(limit), ...wide.less, ...select, ...set(l.value)];
  const mostOf = (limit: number): number[] => [...get(l.value), ...wide.constant(limit), ...get(l.value), ...wide.constant(limit), ...wide.greater, ...select, ...set(l.value)];
  const choose = [
    ...[...get(l.segment), ...get(l.chosen), ...get(l.value), ...get(l.segment), ...wide.load(), ...wide.greater, ...select, ...set(l.chosen)],
    ...[...get(l.segment), ...constant(segmentBytes), ...add, ...tee(l.segment)],
  ];
  const body = [
    ...[...get(l.sums), ...wide.load(), ...get(l.constant), ...wide.add, ...get(l.multiplier), ...wide.multiply, ...get(l.shift), ...wide.shiftRight, ...get(l.add), ...wide.add, ...set(l.value)],
    ...[...get(l.segments), ...tee(l.chosen), ...constant(segmentBytes), ...add, ...set(l.segment)],
    ...loopWhileLess(l.segmentsEnd, choose),
    ...[...get(l.value), ...segmentField('start'), ...wide.subtract, ...leastOf(largestDistance), ...mostOf(-largestDistance)],
    ...[...get(l.value), ...segmentField('multiplier'), ...wide.multiply, ...set(l.value)],
    // Halves to even: (product + half - 1 + lowest bit of the result) >> shift.
    ...[...get(l.value), ...segmentField('rounding'), ...wide.add, ...get(l.value), ...segmentField('shift'), ...wide.shiftRight, ...wide.constant(1), ...wide.and, ...wide.add],
    ...[...segmentField('shift'), ...wide.shiftRight, ...segmentField('bias'), ...wide.add, ...leastOf(255), ...mostOf(0)],
    ...[...get(l.output), ...get(l.value), ...wide.storeByte()],
    ...[...advance(l.sums, wideBytes), ...get(l.output), ...constant(1), ...add, ...tee(l.output)],
  ];
  const loads = (['constant', 'multiplier', 'shift', 'add'] as const).flatMap((name) => [...get(l.channel), ...wide.load(channelField(name)), ...set(l[name])]);
  return { name: 'finish', parameters: 6, locals: ['i32', 'i32', 'i64', 'i64', 'i64', 'i64', 'i64'], code: [...loads, ...loopWhileLess(l.outputEnd, body)] };
}

function convolveRow(name: string, rows: number, products: number): WasmFunction {
  const l = {
    source: 0, count: 1, output: 2, weights: 3, channelNumbers: 4, layer: 5,
    weight: 6, numbers: 7, target: 8, row: 9, done: 10, panel: 11, pairs: 12, chunk: 13, chunkLimit: 14, channels: 15, outputPitch: 16, pixelEnd: 17,
  } as const;
  const field = (fieldName: (typeof layerFields)[number]): number[] => [...get(l.layer), ...loadNumber(4 * layerFields.indexOf(fieldName))];
  const smaller = (a: number, b: number, into: number): number[] => [...get(a), ...get(b), ...get(a), ...get(b), ...lessUnsigned, ...select, ...set(into)];
  const base = Array.from({ length: pixelsAtOnce }, (_, pixel) => {
    const sum = [...constant(scratch.inputs + 4 * pixel), ...wide.loadNumber()];
    return [
      ...constant(scratch.base + wideBytes * pixel),
      ...[...sum, ...field('argumentX'), ...wide.ofNumber, ...wide.multiply, ...field('shiftX'), ...wide.ofNumber, ...wide.shiftRight],
      ...[...sum, ...field('inputFactor'), ...wide.ofNumber, ...wide.multiply, ...wide.add, ...wide.store()],
    ];
  }).flat();
  const quarters = Array.from({ length: rowBytes / 16 }, (_, quarter) => 16 * quarter);
  const numbers = Array.from({ length: rows }, (_, row) => row);
  const begin = numbers.flatMap((row) => quarters.flatMap((at) => [
    ...constant(scratch.products + row * rowBytes + at), ...constant(scratch.base + at), ...vector.load(), ...vector.store(),
  ]));
  const chunk = [
    ...[...get(l.pairs), ...get(l.done), ...subtract, ...set(l.chunk)],
    ...[...field('chunkPairs'), ...set(l.chunkLimit), ...smaller(l.chunk, l.chunkLimit, l.chunk)],
    ...[...get(l.panel), ...get(l.weight), ...get(l.chunk), ...call(products)],
    ...[...get(l.panel), ...get(l.chunk), ...constant(panelPairBytes), ...multiply, ...add, ...set(l.panel)],
    ...[...get(l.weight), ...get(l.chunk), ...constant(4 * rows), ...multiply, ...add, ...set(l.weight)],
    ...[...get(l.done), ...get(l.chunk), ...add, ...tee(l.done)],
  ];
  const finish = numbers.flatMap((row) => [
    ...[...constant(scratch.products + row * rowBytes), ...get(l.numbers), ...get(l.target), ...get(l.target), ...get(l.pixelEnd), ...add],
    ...[...field('segments'), ...field('segmentsEnd'), ...call(index.finish)],
    ...[...advance(l.numbers, channelBytes), ...get(l.target), ...get(l.outputPitch), ...add, ...set(l.target)],
  ]);
  const group = [
    ...begin,
    ...[...constant(0), ...set(l.done), ...field('panel'), ...set(l.panel), ...loopWhileLess(l.pairs, chunk)],
    ...finish,
    ...[...get(l.row), ...constant(rows), ...add, ...tee(l.row)],
  ];
  const pixels = [
    ...[...get(l.source), ...field('offsets'), ...get(l.pairs), ...field('panel'), ...call(index.pack)],
    ...base,
    ...[...constant(pixelsAtOnce), ...set(l.pixelEnd), ...smaller(l.count, l.pixelEnd, l.pixelEnd)],
    ...[...get(l.weights), ...set(l.weight), ...get(l.channelNumbers), ...set(l.numbers), ...get(l.output), ...set(l.target), ...constant(0), ...set(l.row)],
    ...loopWhileLess(l.channels, group),
    ...[...advance(l.source, pixelsAtOnce), ...advance(l.output, pixelsAtOnce)],
    ...[...get(l.count), ...get(l.pixelEnd), ...subtract, ...set(l.count), ...constant(0), ...get(l.count), ...lessUnsigned],
  ];
  const code = [
    ...[...field('pairs'), ...set(l.pairs), ...field('channels'), ...set(l.channels), ...field('outputPitch'), ...set(l.outputPitch)],
    ...loopWhile(pixels),
  ];
  return { name, parameters: 6, locals: Array.from({ length: 12 }, () => 'i32' as const), code };
}
