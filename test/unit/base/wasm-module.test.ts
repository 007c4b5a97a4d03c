import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { vector, wasm, wide } from '../../../src/base/wasm/instructions';
import { compileWasm, createWasmMemory, wasmBytes, type WasmFunction } from '../../../src/base/wasm/wasm-module';

/** Runs functions on a memory and gives it back. */
function runIn(functions: readonly WasmFunction[], call: (exported: Record<string, (...values: number[]) => void>) => void): DataView<ArrayBuffer> {
  const memory = createWasmMemory();
  call(compileWasm(memory, functions));
  return new DataView(memory.buffer);
}

test('constants of all sizes arrive as they are', () => {
  fc.assert(fc.property(fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -200, max: 200 })), fc.integer(), (long, short) => {
    const code = [...wasm.constant(8), ...wide.constant(long), ...wide.store(), ...wasm.constant(16), ...wasm.constant(short), ...wide.ofNumber, ...wide.store(200)];
    const view = runIn([{ name: 'store', parameters: 0, locals: [], code }], ({ store }) => store?.());
    assert.equal(view.getBigInt64(8, true), BigInt(long));
    assert.equal(view.getBigInt64(216, true), BigInt(short));
  }), { numRuns: 200 });
});

test('a loop calls a function of its module until it reaches its end', () => {
  // add(address, value): memory[address] += value, 64 bits
  const add = [...wasm.get(0), ...wasm.get(0), ...wide.load(), ...wasm.get(1), ...wide.ofNumber, ...wide.add, ...wide.store()];
  const body = [...wasm.constant(24), ...wasm.get(1), ...wasm.call(0), ...wasm.get(1), ...wasm.constant(1), ...wasm.add, ...wasm.tee(1)];
  const view = runIn([{ name: 'add', parameters: 2, locals: [], code: add }, { name: 'sum', parameters: 1, locals: ['i32'], code: wasm.loopWhileLess(0, body) }], ({ sum }) => sum?.(200));
  assert.equal(view.getBigInt64(24, true), 19_900n);
});

test('neighbouring products are added, and sums widened with their sign', () => {
  const memory = createWasmMemory();
  const shorts = new Int16Array(wasmBytes(memory, 64).buffer, 0, 16);
  shorts.set([1, 2, -3, 4, 255, -32_768, 0, 9, 10, 20, 30, 40, 255, 255, 7, -1]);
  const code = [
    ...wasm.constant(0), ...vector.load(), ...wasm.constant(16), ...vector.load(), ...vector.dotOfShorts, ...wasm.set(0),
    ...wasm.constant(32), ...wasm.get(0), ...vector.widenLow, ...vector.store(), ...wasm.constant(32), ...wasm.get(0), ...vector.widenHigh, ...vector.store(16),
  ];
  compileWasm(memory, [{ name: 'dot', parameters: 0, locals: ['v128'], code }])['dot']?.();
  assert.deepEqual([...new BigInt64Array(memory.buffer, 32, 4)], [50n, 70n, BigInt(255 * 255 - 32_768 * 255), -9n]);
});
