/**
 * Small WebAssembly modules put together from instructions (binary format: WebAssembly core specification 2.0, chapter 5), for
 * loops over pixels in which SIMD takes a tenth of the time of JavaScript.
 */

/** The part of the WebAssembly interface that is used here: the types of Node do not declare it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: Record<string, Record<string, WasmMemory>>) => { readonly exports: Record<string, unknown> };
  readonly Memory: new (size: { readonly initial: number }) => WasmMemory;
};

export interface WasmMemory {
  /** Replaced by each growth. */
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

const pageBytes = 65_536;

const op = {
  loop: 0x03, branchIf: 0x0d, end: 0x0b, localGet: 0x20, localSet: 0x21, localTee: 0x22, i32Const: 0x41, i32LessUnsigned: 0x49, i32Add: 0x6a,
  emptyBlock: 0x40, i32: 0x7f, functionType: 0x60,
} as const;
const section = { type: 1, import: 2, function: 3, export: 7, code: 10 } as const;

/** Instructions as bytes. `offset` (below 128) is added to the address. */
export const wasm = {
  get: (local: number): number[] => [op.localGet, local],
  set: (local: number): number[] => [op.localSet, local],
  tee: (local: number): number[] => [op.localTee, local],
  add: [op.i32Add],
  constant: (value: number): number[] => [op.i32Const, value],
  load16Bytes: (offset = 0): number[] => [0xfd, 0x00, 0x00, offset],
  /** Eight bytes as eight unsigned 16-bit numbers. */
  load8BytesWidened: (offset = 0): number[] => [0xfd, 0x02, 0x00, offset],
  store16Bytes: [0xfd, 0x0b, 0x00, 0x00],
  leastOfBytes: [0xfd, 0x77],
  greatestOfBytes: [0xfd, 0x79],
  addShorts: [0xfd, 0x8e, 0x01],
  /** Twice eight signed 16-bit numbers to 16 bytes, clipped to 0..255. */
  narrowToBytes: [0xfd, 0x66],
  /** Repeats `body` while, at its end, the number on the stack is less than the local `end`. */
  loopWhileLess: (end: number, body: readonly number[]): number[] => [op.loop, op.emptyBlock, ...body, op.localGet, end, op.i32LessUnsigned, op.branchIf, 0, op.end],
} as const;

/** A function of 32-bit numbers without a result; its parameters are the first locals. */
export interface WasmFunction {
  readonly name: string;
  readonly parameters: number;
  /** Locals beside the parameters. */
  readonly locals: number;
  readonly code: readonly number[];
}

/** A memory of one page (64 KiB). */
export function createWasmMemory(): WasmMemory {
  return new WebAssembly.Memory({ initial: 1 });
}

/** The bytes of a memory, after growing it to at least `sizeBytes`. */
export function wasmBytes(memory: WasmMemory, sizeBytes: number): Uint8Array {
  const missing = sizeBytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
  return new Uint8Array(memory.buffer);
}

/** Compiles functions that work on `memory`. */
export function compileWasm(memory: WasmMemory, functions: readonly WasmFunction[]): Record<string, (...values: number[]) => void> {
  const bytes = Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...sectionOf(section.type, functions.map(({ parameters }) => [op.functionType, ...vector(new Array<number[]>(parameters).fill([op.i32])), 0])),
    ...sectionOf(section.import, [[...text('host'), ...text('memory'), 0x02, 0x00, 0x01]]),
    ...sectionOf(section.function, functions.map((_, i) => [i])),
    ...sectionOf(section.export, functions.map(({ name }, i) => [...text(name), 0x00, i])),
    ...sectionOf(section.code, functions.map(bodyOf)),
  ]);
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), { host: { memory } }).exports as Record<string, (...values: number[]) => void>;
}

function bodyOf({ locals, code }: WasmFunction): number[] {
  const body = [...vector([[locals, op.i32]]), ...code, op.end];
  return [...unsigned(body.length), ...body];
}

function sectionOf(id: number, items: readonly (readonly number[])[]): number[] {
  const content = vector(items);
  return [id, ...unsigned(content.length), ...content];
}

function vector(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function text(value: string): number[] {
  return vector([...Buffer.from(value)].map((byte) => [byte]));
}

/** LEB128. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}
