/** A pickle of protocol 4 of (list of bytes, list of bool), as Python writes it. */
export function picklePairs(pictures: readonly Uint8Array[], same: readonly boolean[]): Buffer {
  const values = pictures.map((picture) => Buffer.concat([opcode(0x42), length32(picture.length), picture, opcode(0x94)]));
  const answers = same.map((value) => opcode(value ? 0x88 : 0x89));
  return Buffer.concat([opcode(0x80, 4), list(values), list(answers), opcode(0x86), opcode(0x94), opcode(0x2e)]);
}

/** A pickle of protocol 4 of a list of [text, text]. */
export function pickleTexts(rows: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat([opcode(0x80, 4), list(rows.map((row) => list(row.map(text)))), opcode(0x2e)]);
}

function list(values: readonly Buffer[]): Buffer {
  return Buffer.concat([opcode(0x5d, 0x94, 0x28), ...values, opcode(0x65)]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([opcode(0x58), length32(bytes.length), bytes]);
}

function opcode(...bytes: readonly number[]): Buffer {
  return Buffer.from(bytes);
}

function length32(length: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(length);
  return bytes;
}
