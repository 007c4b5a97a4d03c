import { vector, wasm } from '../../base/wasm/instructions';
import { compileWasm, type WasmMemory } from '../../base/wasm/wasm-module';

/**
 * For i in 0..count-1: memory[target + i] = (byte at pixels + i) + (signed 16-bit number at noise + 2 i), clipped to 0..255.
 * Addresses in bytes. Up to 15 positions more are written, and read, behind the end.
 */
export type ClippedSum = (pixels: number, noise: number, target: number, count: number) => void;

const local = { pixels: 0, noise: 1, target: 2, count: 3, end: 4 } as const;
const lanes = 16;
const halfLanes = 8;

export function createClippedSum(memory: WasmMemory): ClippedSum {
  const { get, set, tee, add, constant, loopWhileLess } = wasm;
  const { load, load8BytesWidened, addShorts, narrowToBytes, store } = vector;
  const sumOfHalf = (first: number): number[] => [...get(local.pixels), ...load8BytesWidened(first), ...get(local.noise), ...load(2 * first), ...addShorts];
  const body = [
    ...get(local.target),
    ...[...sumOfHalf(0), ...sumOfHalf(halfLanes), ...narrowToBytes],
    ...store(),
    ...[...get(local.target), ...constant(lanes), ...add, ...set(local.target)],
    ...[...get(local.noise), ...constant(2 * lanes), ...add, ...set(local.noise)],
    ...[...get(local.pixels), ...constant(lanes), ...add, ...tee(local.pixels)],
  ];
  const end = [...get(local.pixels), ...get(local.count), ...add, ...set(local.end)];
  const { clippedSum } = compileWasm(memory, [{ name: 'clippedSum', parameters: 4, locals: ['i32'], code: [...end, ...loopWhileLess(local.end, body)] }]);
  return clippedSum as ClippedSum;
}
