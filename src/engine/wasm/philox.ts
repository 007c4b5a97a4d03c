/**
 * The numbers of TensorFlow's StatelessRandomUniform (core/kernels/stateless_random_ops.cc), bit for bit.
 * Generator: Philox 4x32-10 of Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", 2011.
 */
type Counter = readonly [number, number, number, number];
type Key = readonly [number, number];

const rounds = 10;
const multipliers = [0xd2511f53, 0xcd9e8d57] as const;
const keyIncrements = [0x9e3779b9, 0xbb67ae85] as const;
/** With this key TensorFlow mixes the two seeds into the real key and the start of the counter. */
const scramblingKey: Key = [0x3ec8f720, 0x02461e29];

/** `count` float32 numbers in [0, 1). */
export function statelessUniform(count: number, seed0: number, seed1: number): Float32Array {
  const mix = philox([...halves(seed0), ...halves(seed1)], scramblingKey);
  const key: Key = [mix[0], mix[1]];
  const values = new Float32Array(count);
  for (let block = 0; block * 4 < count; block++) {
    const bits = philox([block, 0, mix[2], mix[3]], key);
    for (let lane = 0; lane < 4 && block * 4 + lane < count; lane++) values[block * 4 + lane] = unitFloat(bits[lane] ?? 0);
  }
  return values;
}

/** The low and the high 32 bits of a signed 64-bit number. */
function halves(value: number): [number, number] {
  const bits = BigInt.asUintN(64, BigInt(value));
  return [Number(bits & 0xffffffffn), Number(bits >> 32n)];
}

function philox(counter: Counter, key: Key): Counter {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < rounds; round++) {
    const high0 = multiplyHigh(multipliers[0], c0);
    const high1 = multiplyHigh(multipliers[1], c2);
    const low0 = Math.imul(multipliers[0], c0) >>> 0;
    const low1 = Math.imul(multipliers[1], c2) >>> 0;
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1, (high0 ^ c3 ^ k1) >>> 0, low0];
    k0 = (k0 + keyIncrements[0]) >>> 0;
    k1 = (k1 + keyIncrements[1]) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** The upper 32 bits of the product of two unsigned 32-bit numbers. */
function multiplyHigh(a: number, b: number): number {
  const aHigh = a >>> 16;
  const aLow = a & 0xffff;
  const bHigh = b >>> 16;
  const bLow = b & 0xffff;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = (middle & 0xffff) + aLow * bHigh;
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000)) >>> 0;
}

/** 23 random bits as a fraction. */
function unitFloat(bits: number): number {
  return (bits & 0x7fffff) / 0x800000;
}
