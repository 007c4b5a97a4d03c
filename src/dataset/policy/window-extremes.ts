import { vector, wasm } from '../../base/wasm/instructions';
import { compileWasm, type WasmFunction, type WasmMemory } from '../../base/wasm/wasm-module';

type WindowFunction = (source: number, target: number, distance: number, count: number) => void;

/** Two functions on one memory; all addresses and distances in bytes. */
export interface WindowExtremes {
  /**
   * For i in 0..count-1: memory[target + i] = least of memory[source + i + k * distance], k = 0..4.
   * Up to 15 bytes more are written, and read, behind the end. `target` must not overlap what is still to be read.
   */
  readonly least: WindowFunction;
  /** The same with the greatest. */
  readonly greatest: WindowFunction;
}

const local = { source: 0, target: 1, distance: 2, count: 3, end: 4, address: 5 } as const;
const lanes = 16;

/** The least or greatest of five bytes at equal distances, for 16 positions at a time. */
export function createWindowExtremes(memory: WasmMemory): WindowExtremes {
  const { least, greatest } = compileWasm(memory, [windowFunction('least', vector.leastOfBytes), windowFunction('greatest', vector.greatestOfBytes)]);
  return { least: least as WindowFunction, greatest: greatest as WindowFunction };
}

function windowFunction(name: string, combine: readonly number[]): WasmFunction {
  const { get, set, tee, add, constant, loopWhileLess } = wasm;
  const { load, store } = vector;
  const next = [...get(local.address), ...get(local.distance), ...add, ...tee(local.address), ...load(), ...combine];
  const body = [
    ...get(local.target),
    ...[...get(local.source), ...tee(local.address), ...load()],
    ...[...next, ...next, ...next, ...next],
    ...store(),
    ...[...get(local.target), ...constant(lanes), ...add, ...set(local.target)],
    ...[...get(local.source), ...constant(lanes), ...add, ...tee(local.source)],
  ];
  const end = [...get(local.source), ...get(local.count), ...add, ...set(local.end)];
  return { name, parameters: 4, locals: ['i32', 'i32'], code: [...end, ...loopWhileLess(local.end, body)] };
}
