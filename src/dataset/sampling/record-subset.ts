const wordBits = 32;
const wordsPerBlock = 16;
const blockBits = wordBits * wordsPerBlock;

/**
 * A subset of the records 0..total-1 in order, with the i-th one found in well under a microsecond. One bit a record, and a
 * running count for each 512: 2 MB for 15 million records, where a list of numbers would take 60.
 */
export class RecordSubset {
  readonly count: number;
  private readonly bits: Uint32Array;
  /** Members before each block. */
  private readonly blockStarts: Uint32Array;

  /** @param has asked once for each record, in order */
  constructor(readonly total: number, has: (record: number) => boolean) {
    this.bits = new Uint32Array(Math.ceil(total / blockBits) * wordsPerBlock);
    this.blockStarts = new Uint32Array(Math.ceil(total / blockBits));
    let count = 0;
    for (let record = 0; record < total; record++) {
      if (record % blockBits === 0) this.blockStarts[record / blockBits] = count;
      if (!has(record)) continue;
      const word = record >>> 5;
      this.bits[word] = (this.bits[word] as number) | (1 << (record & 31));
      count++;
    }
    this.count = count;
  }

  /** Record number of member `i`; undefined when `i` is not in 0..count-1. */
  at(i: number): number | undefined {
    if (!Number.isInteger(i) || i < 0 || i >= this.count) return undefined;
    if (this.count === this.total) return i;
    const block = this.blockOf(i);
    let left = i - (this.blockStarts[block] as number);
    for (let word = block * wordsPerBlock; ; word++) {
      const bits = this.bits[word] as number;
      const members = bitCount(bits);
      if (left < members) return word * wordBits + nthBit(bits, left);
      left -= members;
    }
  }

  /** The last block that begins at or before member `i`. */
  private blockOf(i: number): number {
    let low = 0;
    let high = this.blockStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.blockStarts[middle] as number) <= i) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** Ones in 32 bits, by adding neighbours in parallel. */
function bitCount(bits: number): number {
  const pairs = bits - ((bits >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Place of the n-th one, counted from the lowest bit. */
function nthBit(bits: number, n: number): number {
  let rest = bits;
  for (let i = 0; i < n; i++) rest &= rest - 1;
  return 31 - Math.clz32(rest & -rest);
}
