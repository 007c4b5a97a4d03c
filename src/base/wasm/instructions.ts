/** Instructions of WebAssembly as bytes (core specification 2.0, sections 5.4 and 7.10), as far as they are used here. */

/** LEB128 of a whole number from 0. */
export function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(Math.floor(value / 0x80))];
}

/** LEB128 of a whole number of up to 53 bits. */
export function signed(value: number): number[] {
  const rest = Math.floor(value / 0x80);
  const low = value - rest * 0x80;
  const isLast = (rest === 0 && low < 0x40) || (rest === -1 && low >= 0x40);
  return isLast ? [low] : [low | 0x80, ...signed(rest)];
}

const simd = 0xfd;
const op = {
  loop: 0x03, branchIf: 0x0d, end: 0x0b, call: 0x10, select: 0x1b, localGet: 0x20, localSet: 0x21, localTee: 0x22, i32Const: 0x41, i64Const: 0x42,
  i32LessUnsigned: 0x49, emptyBlock: 0x40,
} as const;

/** A load or store; `offset` (bytes) is added to the address. Alignment is a mere hint; 0 promises nothing. */
function memory(...code: readonly number[]): (offset?: number) => number[] {
  return (offset = 0) => [...code, 0x00, ...unsigned(offset)];
}

function loopWhile(body: readonly number[]): number[] {
  return [op.loop, op.emptyBlock, ...body, op.branchIf, 0, op.end];
}

export const wasm = {
  get: (local: number): number[] => [op.localGet, ...unsigned(local)],
  set: (local: number): number[] => [op.localSet, ...unsigned(local)],
  tee: (local: number): number[] => [op.localTee, ...unsigned(local)],
  constant: (value: number): number[] => [op.i32Const, ...signed(value)],
  add: [0x6a],
  subtract: [0x6b],
  multiply: [0x6c],
  lessUnsigned: [op.i32LessUnsigned],
  loadNumber: memory(0x28),
  /** Calls function number `index` of the module. */
  call: (index: number): number[] => [op.call, ...unsigned(index)],
  /** Of two values the first when the 32-bit number on top is not 0. */
  select: [op.select],
  /** Repeats `body` while, at its end, the number on the stack is not 0. */
  loopWhile,
  /** Repeats `body` while, at its end, the number on the stack is less than the local `end`. */
  loopWhileLess: (end: number, body: readonly number[]): number[] => loopWhile([...body, op.localGet, ...unsigned(end), op.i32LessUnsigned]),
} as const;

/** Numbers of 64 bits. */
export const wide = {
  constant: (value: number): number[] => [op.i64Const, ...signed(value)],
  load: memory(0x29),
  /** A signed 32-bit number of memory. */
  loadNumber: memory(0x34),
  store: memory(0x37),
  storeByte: memory(0x3c),
  less: [0x53],
  greater: [0x55],
  add: [0x7c],
  subtract: [0x7d],
  multiply: [0x7e],
  and: [0x83],
  shiftRight: [0x87],
  ofNumber: [0xac],
} as const;

/** Vectors of 16 bytes. */
export const vector = {
  load: memory(simd, 0x00),
  store: memory(simd, 0x0b),
  /** Eight bytes as eight unsigned 16-bit numbers. */
  load8BytesWidened: memory(simd, 0x02),
  /** Four bytes, four times. */
  load4BytesRepeated: memory(simd, 0x09),
  constant: (bytes: readonly number[]): number[] => [simd, 0x0c, ...bytes],
  /** Sixteen bytes of two vectors: 0..15 of the first, 16..31 of the second. */
  shuffle: (lanes: readonly number[]): number[] => [simd, 0x0d, ...lanes],
  and: [simd, 0x4e],
  leastOfBytes: [simd, 0x77],
  greatestOfBytes: [simd, 0x79],
  addShorts: [simd, 0x8e, 0x01],
  /** Twice eight signed 16-bit numbers to 16 bytes, clipped to 0..255. */
  narrowToBytes: [simd, 0x66],
  /** Twice four signed 32-bit numbers to eight of 16 bits, clipped. */
  narrowToShorts: [simd, 0x85, 0x01],
  /** Four unsigned 32-bit numbers, by the number of bits on top. */
  shiftRightNumbers: [simd, 0xad, 0x01],
  addNumbers: [simd, 0xae, 0x01],
  subtractNumbers: [simd, 0xb1, 0x01],
  multiplyNumbers: [simd, 0xb5, 0x01],
  /** Eight products of signed 16-bit numbers, neighbours added: four 32-bit numbers. */
  dotOfShorts: [simd, 0xba, 0x01],
  addWide: [simd, 0xce, 0x01],
  /** The first or last two of four signed 32-bit numbers, as 64-bit numbers. */
  widenLow: [simd, 0xc7, 0x01],
  widenHigh: [simd, 0xc8, 0x01],
} as const;
