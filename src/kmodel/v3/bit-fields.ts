/** Named bit ranges within 64-bit words. */
export interface BitField {
  /** Number of the word. */
  readonly word: number;
  /** Lowest bit, 0..63. */
  readonly bit: number;
  readonly bits: number;
  readonly signed?: true;
}

/** Value of a field; fields have up to 40 bits, so a double holds it exactly. */
export function readField(words: readonly bigint[], { word, bit, bits, signed }: BitField): number {
  const raw = ((words[word] ?? 0n) >> BigInt(bit)) & ((1n << BigInt(bits)) - 1n);
  return Number(signed ? BigInt.asIntN(bits, raw) : raw);
}

/** The word with the field set to an integer. @throws RangeError when the value does not fit the field */
export function writeField(word: bigint, name: string, { bit, bits, signed }: BitField, value: number): bigint {
  const lowest = signed ? -(2 ** (bits - 1)) : 0;
  const highest = 2 ** (signed ? bits - 1 : bits) - 1;
  if (!Number.isInteger(value) || value < lowest || value > highest) throw new RangeError(`${name} ${value} is not an integer of ${lowest} to ${highest}`);
  return word | (BigInt.asUintN(bits, BigInt(value)) << BigInt(bit));
}
