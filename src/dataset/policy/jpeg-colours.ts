import { vector, wasm } from '../../base/wasm/instructions';
import { compileWasm, createWasmMemory, wasmBytes, type WasmFunction } from '../../base/wasm/wasm-module';

const channels = 3;
/** Pixels of a step, and what a step may read and write behind them. */
const pixelsAtOnce = 4;
const slackBytes = 64;

/**
 * Y, Cb, Cr by the weights of JFIF 1.02 in fixed point: with the luma L = 19595 R + 38470 G + 7471 B in 16 bits of fraction,
 * Y = L / 2^16, Cb = 128 + (B - Y) / 1.772 and Cr = 128 + (R - Y) / 1.402, rounded.
 */
export class JpegColours {
  private readonly memory = createWasmMemory();
  private readonly convert = compileWasm(this.memory, [conversion]).convert as (source: number, target: number, end: number) => void;

  /** @param target gets as many bytes as `rgb` has */
  convertInto(target: Uint8Array, rgb: Uint8Array): void {
    const place = rgb.length + slackBytes;
    const bytes = wasmBytes(this.memory, 2 * place);
    bytes.set(rgb);
    this.convert(0, place, rgb.length);
    target.set(bytes.subarray(place, place + rgb.length));
  }
}

/** `zero` stays what locals begin with. */
const local = {
  source: 0, target: 1, end: 2,
  zero: 3, pixels: 4, luma: 5, coarse: 6, firstWeights: 7, secondWeights: 8, half: 9, blueWeight: 10, redWeight: 11, offset: 12,
} as const;

// The weight of green does not fit into 15 bits: half of it goes with red, half with blue.
const weights = { red: 19_595, halfGreen: 19_235, blue: 7_471, cb: 9_246, cr: 11_686 } as const;
const lumaBits = 16;
const chromaBits = 22;
/** 128, and a half to round, in units of the chroma. */
const chromaOffset = 128 * 2 ** chromaBits + 2 ** (chromaBits - 1);
const none = 16;

const conversion: WasmFunction = {
  name: 'convert', parameters: 3, locals: new Array<'v128'>(10).fill('v128'),
  code: [
    ...[...vector.constant(shorts(weights.red, weights.halfGreen)), ...wasm.set(local.firstWeights)],
    ...[...vector.constant(shorts(weights.halfGreen, weights.blue)), ...wasm.set(local.secondWeights)],
    ...[...vector.constant(numbers(2 ** (lumaBits - 1))), ...wasm.set(local.half)],
    ...[...vector.constant(numbers(weights.cb)), ...wasm.set(local.blueWeight)],
    ...[...vector.constant(numbers(weights.cr)), ...wasm.set(local.redWeight)],
    ...[...vector.constant(numbers(chromaOffset)), ...wasm.set(local.offset)],
    ...wasm.loopWhileLess(local.end, [
      ...[...wasm.get(local.source), ...vector.load(), ...wasm.set(local.pixels)],
      ...[...channelsOf([0, none, 1, none]), ...wasm.get(local.firstWeights), ...vector.dotOfShorts],
      ...[...channelsOf([1, none, 2, none]), ...wasm.get(local.secondWeights), ...vector.dotOfShorts],
      ...[...vector.addNumbers, ...wasm.tee(local.luma), ...shiftRight(8), ...wasm.set(local.coarse)],
      ...wasm.get(local.target),
      ...[...wasm.get(local.luma), ...wasm.get(local.half), ...vector.addNumbers, ...shiftRight(lumaBits)],
      ...[...chroma([none, 2, none, none], local.blueWeight), ...vector.narrowToShorts],
      ...[...chroma([none, 0, none, none], local.redWeight), ...wasm.get(local.zero), ...vector.narrowToShorts],
      ...vector.narrowToBytes,
      ...wasm.get(local.zero),
      ...vector.shuffle([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11, none, none, none, none]),
      ...vector.store(),
      ...[...wasm.get(local.target), ...wasm.constant(pixelsAtOnce * channels), ...wasm.add, ...wasm.set(local.target)],
      ...[...wasm.get(local.source), ...wasm.constant(pixelsAtOnce * channels), ...wasm.add, ...wasm.tee(local.source)],
    ]),
  ],
};

/** Four bytes of each pixel, chosen among its channels; `none` gives 0. */
function channelsOf(bytes: readonly [number, number, number, number]): number[] {
  const lanes = Array.from({ length: pixelsAtOnce }, (_, pixel) => bytes.map((byte) => (byte === none ? none : byte + pixel * channels))).flat();
  return [...wasm.get(local.pixels), ...wasm.get(local.zero), ...vector.shuffle(lanes)];
}

/** Of four pixels: ((channel << 8) - (luma >> 8)) * weight + offset, in whole numbers. */
function chroma(shifted: readonly [number, number, number, number], weight: number): number[] {
  return [
    ...channelsOf(shifted), ...wasm.get(local.coarse), ...vector.subtractNumbers, ...wasm.get(weight), ...vector.multiplyNumbers,
    ...wasm.get(local.offset), ...vector.addNumbers, ...shiftRight(chromaBits),
  ];
}

function shiftRight(bits: number): number[] {
  return [...wasm.constant(bits), ...vector.shiftRightNumbers];
}

function shorts(first: number, second: number): number[] {
  return [...Buffer.from(Int16Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? first : second)).buffer)];
}

function numbers(value: number): number[] {
  return [...Buffer.from(Int32Array.from({ length: 4 }, () => value).buffer)];
}
