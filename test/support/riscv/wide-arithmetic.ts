import { amoFunction, Op } from './instruction';

/** Arithmetic on 64 bits that is rare enough for BigInt. Operands and results are unsigned. */

const wordMask = 0xffff_ffffn;
const mask = 0xffff_ffff_ffff_ffffn;
const mostNegative = -(1n << 63n);

/** M extension, 64-bit forms. */
export function multiplyOrDivide(op: Op, a: bigint, b: bigint): bigint {
  const [signedA, signedB] = [BigInt.asIntN(64, a), BigInt.asIntN(64, b)];
  switch (op) {
    case Op.Mul: return (a * b) & mask;
    case Op.Mulh: return ((signedA * signedB) >> 64n) & mask;
    case Op.Mulhsu: return ((signedA * b) >> 64n) & mask;
    case Op.Mulhu: return (a * b) >> 64n;
    case Op.Div: return (b === 0n ? -1n : signedA === mostNegative && signedB === -1n ? signedA : signedA / signedB) & mask;
    case Op.Divu: return b === 0n ? mask : a / b;
    case Op.Rem: return (b === 0n ? signedA : signedA === mostNegative && signedB === -1n ? 0n : signedA % signedB) & mask;
    case Op.Remu: return b === 0n ? a : a % b;
    default: throw new Error(`Operation ${op} neither multiplies nor divides.`);
  }
}

/** M extension, 32-bit forms; the result is signed, to be extended to 64 bits. */
export function multiplyOrDivideWord(op: Op, a: number, b: number): number {
  switch (op) {
    case Op.Mulw: return Math.imul(a, b);
    case Op.Divw: return b === 0 ? -1 : (a / b) | 0;
    case Op.Divuw: return b === 0 ? -1 : ((a >>> 0) / (b >>> 0)) | 0;
    case Op.Remw: return b === 0 ? a : (a % b) | 0;
    case Op.Remuw: return b === 0 ? a : ((a >>> 0) % (b >>> 0)) | 0;
    default: throw new Error(`Operation ${op} neither multiplies nor divides words.`);
  }
}

/** What an atomic operation stores. @param width 32 or 64 */
export function atomicResult(kind: number, old: bigint, operand: bigint, width: 32 | 64): bigint {
  const [signedOld, signedOperand] = [BigInt.asIntN(width, old), BigInt.asIntN(width, operand)];
  switch (kind) {
    case amoFunction.swap: return operand;
    case amoFunction.add: return BigInt.asUintN(width, old + operand);
    case amoFunction.xor: return old ^ operand;
    case amoFunction.and: return old & operand;
    case amoFunction.or: return old | operand;
    case amoFunction.min: return signedOld < signedOperand ? old : operand;
    case amoFunction.max: return signedOld > signedOperand ? old : operand;
    case amoFunction.minu: return old < operand ? old : operand;
    case amoFunction.maxu: return old > operand ? old : operand;
    default: throw new Error(`There is no atomic operation ${kind}.`);
  }
}

export function toBigInt(low: number, high: number): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

export function lowWord(value: bigint): number {
  return Number(value & wordMask) | 0;
}

export function highWord(value: bigint): number {
  return Number((value >> 32n) & wordMask) | 0;
}
