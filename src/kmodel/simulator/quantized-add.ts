import type { LayerOf } from '../v3/program';

/** A shift of 64-bit numbers looks at so many bits of its count. */
const shiftMask = 63;

/** The runtime's rounding shift: away from zero on halves, with its oddity that negative odd values lose one more. */
function carryShift(value: bigint, shift: number): bigint {
  if (shift <= 0) return value;
  const doubled = value >> BigInt((shift - 1) & shiftMask);
  if ((doubled & 1n) === 0n) return doubled >> 1n;
  return (doubled >> 1n) + (doubled < 0n ? -1n : 1n);
}

/**
 * Sum of two quantized maps in 64-bit integers (design document "k210-kmodel", section 5). With equal shifts the terms are added
 * before the shift, otherwise after it.
 */
export function quantizedAdd(layer: LayerOf<'quantizedAdd'>, a: Uint8Array, b: Uint8Array): Uint8Array {
  const [offsetA, multiplierA, offsetB, multiplierB, multiplierOutput, offsetOutput] = [
    layer.offsetA, layer.multiplierA, layer.offsetB, layer.multiplierB, layer.multiplierOutput, layer.offsetOutput,
  ].map(BigInt) as [bigint, bigint, bigint, bigint, bigint, bigint];
  const [shiftA, shiftB] = [BigInt(layer.shiftA & shiftMask), BigInt(layer.shiftB & shiftMask)];
  // Both operands are bytes: each term has 256 values.
  const termsA = Array.from({ length: 256 }, (_, q) => BigInt.asIntN(64, (BigInt(q) + offsetA) * multiplierA));
  const termsB = Array.from({ length: 256 }, (_, q) => BigInt.asIntN(64, (BigInt(q) + offsetB) * multiplierB));
  return a.map((qa, i) => {
    const termA = termsA[qa] as bigint;
    const termB = termsB[b[i] as number] as bigint;
    const sum = layer.shiftA === layer.shiftB ? BigInt.asIntN(64, termA + termB) >> shiftA : (termA >> shiftA) + (termB >> shiftB);
    const value = Number(carryShift(BigInt.asIntN(64, sum * multiplierOutput), layer.shiftOutput) + offsetOutput);
    return Math.min(255, Math.max(0, value));
  });
}
