import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SeededRandom } from '../../../src/base/random';
import { allocateSpace, type SpaceBlock } from '../../../src/kmodel/compiler/allocate-space';
import { MainMemory } from '../../../src/kmodel/compiler/main-memory';
import { memoryMap, type MemoryBuffer } from '../../../src/kmodel/memory-map';
import { Simulator } from '../../../src/kmodel/simulator/simulate';
import type { Layer, Program } from '../../../src/kmodel/v3/program';
import { randomConv } from '../../support/kmodel/sample-programs';

const part = fc.record({ size: fc.integer({ min: 1, max: 3 }), firstStep: fc.integer({ min: 0, max: 5 }), length: fc.integer({ min: 0, max: 3 }) });

function blocksOf(wishes: readonly (readonly { size: number; firstStep: number; length: number }[])[]): SpaceBlock[] {
  return wishes.map((parts, b) => parts.map(({ size, firstStep, length }, p) => ({ name: `${b}.${p}`, size, firstStep, lastStep: firstStep + length })));
}

/** Tries every place of every block. */
function smallestSize(blocks: readonly SpaceBlock[]): number {
  let best = blocks.flat().reduce((sum, { size }) => sum + size, 0);
  const placed: { from: number; to: number; firstStep: number; lastStep: number }[] = [];
  const place = (index: number, size: number): void => {
    const block = blocks[index];
    if (!block) {
      best = Math.min(best, size);
      return;
    }
    const whole = block.reduce((sum, each) => sum + each.size, 0);
    for (let base = 0; Math.max(size, base + whole) < best; base++) {
      let offset = base;
      const wanted = block.map((each) => {
        offset += each.size;
        return { from: offset - each.size, to: offset, firstStep: each.firstStep, lastStep: each.lastStep };
      });
      const isFree = wanted.every((a) => placed.every((b) => a.to <= b.from || b.to <= a.from || a.lastStep < b.firstStep || b.lastStep < a.firstStep));
      if (!isFree) continue;
      placed.push(...wanted);
      place(index + 1, Math.max(size, base + whole));
      placed.length -= wanted.length;
    }
  };
  place(0, 0);
  return best;
}

test('up to six buffers take no more space than the best of all arrangements', () => {
  fc.assert(fc.property(fc.array(fc.tuple(part), { minLength: 1, maxLength: 6 }), (wishes) => {
    const blocks = blocksOf(wishes);
    assert.equal(allocateSpace(blocks).size, smallestSize(blocks));
  }), { numRuns: 150 });
});

test('so do up to three pairs that lie side by side, among single ones', () => {
  const blocks = fc.tuple(fc.array(fc.tuple(part, part), { minLength: 1, maxLength: 2 }), fc.array(fc.tuple(part), { maxLength: 2 })).map(([pairs, singles]) => blocksOf([...pairs, ...singles]));
  fc.assert(fc.property(blocks, (wished) => assert.equal(allocateSpace(wished).size, smallestSize(wished))), { numRuns: 100 });
});

test('first fit in the given order would not be enough', () => {
  const blocks = blocksOf([[{ size: 1, firstStep: 0, length: 1 }], [{ size: 1, firstStep: 0, length: 3 }], [{ size: 2, firstStep: 2, length: 3 }]]);
  assert.equal(allocateSpace(blocks).size, 3);
});

const bytes = { flags: 1, scale: 0.5, bias: 0 } as const;

/** A convolution whose bytes go through a chain of layers, each in a piece of its own. */
function chain(random: SeededRandom, memory: MainMemory): Program {
  const conv = randomConv({ width: 4, height: 4, inputChannels: 3, outputChannels: 2, kernelSize: 1, depthwise: false, poolType: 0, weightBits: 8 }, random);
  let address = memory.take(32);
  const layers: Layer[] = [{ ...conv, mainMemoryOutput: address }];
  const kept = address;
  for (let i = 1 + random.below(6); i > 0; i--) {
    const floats = memory.take(4 * 32);
    const output = memory.take(32);
    layers.push({ kind: 'dequantize', input: address, output: floats, count: 32, ...bytes }, { kind: 'quantize', input: floats, output, count: 32, ...bytes });
    address = output;
  }
  const joined = memory.take(64);
  layers.push({ kind: 'quantizedConcat', flags: 1, output: joined, inputCount: 2, inputs: [{ start: address, sizeBytes: 32 }, { start: kept + 8, sizeBytes: 16 }] });
  return { weightBits: 8, firstKpuLine: 0, mainMemoryBytes: memory.sizeBytes, outputs: [{ addressBytes: joined, sizeBytes: 48 }], layers };
}

test('pieces of the work buffer share bytes, and the program computes the same', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 1e6 }), (seed) => {
    const random = new SeededRandom(seed, 'chain');
    const memory = new MainMemory();
    const program = chain(random, memory);
    const compact = memory.compact(program);
    const picture = Uint8Array.from({ length: 48 }, () => random.below(256));
    assert.deepEqual(new Simulator(compact, 'compact').run(picture), new Simulator(program, 'wide').run(picture));
    // The kept bytes, and two neighbours of the chain.
    assert.ok(compact.mainMemoryBytes <= 32 + 32 + 4 * 32, `${compact.mainMemoryBytes} bytes`);
    assertApart(memoryMap(compact).buffers);
  }), { numRuns: 30 });
});

function assertApart(buffers: readonly MemoryBuffer[]): void {
  for (const a of buffers) {
    for (const b of buffers) {
      const together = a !== b && a.memory === b.memory && a.birth <= b.death && b.birth <= a.death;
      assert.ok(!together || a.toByte <= b.fromByte || b.toByte <= a.fromByte, `${JSON.stringify(a)} and ${JSON.stringify(b)}`);
    }
  }
}
