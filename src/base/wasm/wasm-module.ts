import { unsigned } from './instructions';

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
const section = { type: 1, import: 2, function: 3, export: 7, code: 10 } as const;
const end = 0x0b;
const functionType = 0x60;
const valueTypes = { i32: 0x7f, i64: 0x7e, v128: 0x7b } as const;

/** A function of 32-bit numbers without a result; its parameters are the first locals. */
export interface WasmFunction {
  readonly name: string;
  readonly parameters: number;
  /** Types of the locals behind the parameters. */
  readonly locals: readonly (keyof typeof valueTypes)[];
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
    ...sectionOf(section.type, functions.map(({ parameters }) => [functionType, ...vector(new Array<number[]>(parameters).fill([valueTypes.i32])), 0])),
    ...sectionOf(section.import, [[...text('host'), ...text('memory'), 0x02, 0x00, 0x01]]),
    ...sectionOf(section.function, functions.map((_, i) => [i])),
    ...sectionOf(section.export, functions.map(({ name }, i) => [...text(name), 0x00, i])),
    ...sectionOf(section.code, functions.map(bodyOf)),
  ]);
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), { host: { memory } }).exports as Record<string, (...values: number[]) => void>;
}

function bodyOf({ locals, code }: WasmFunction): number[] {
  const body = [...vector(locals.map((type) => [1, valueTypes[type]])), ...code, end];
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
