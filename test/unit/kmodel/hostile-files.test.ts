import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SeededRandom } from '../../../src/base/random';
import { layerLayouts } from '../../../src/kmodel/v3/layer-layouts';
import { everyLayerProgram } from '../../support/kmodel/every-layer';
import { damaged, damagedFacts, seedFiles, useFacts, useFile, type Outcome } from '../../support/kmodel/hostile-files';

const made = seedFiles(false);
const all = seedFiles(true);

test('the files that are damaged are whole, and have every kind of layer', () => {
  for (const { name, bytes } of made) assert.equal(useFile(bytes), 'read', name);
  const kinds = new Set(everyLayerProgram(new SeededRandom(1), 8).layers.map(({ kind }) => kind));
  assert.deepEqual(Object.keys(layerLayouts).filter((kind) => !kinds.has(kind as never)), []);
});

for (const { name, bytes } of all) {
  test(`a damaged file (${name}) is used, or refused with a sentence`, () => {
    const outcomes = new Set<Outcome>();
    fc.assert(fc.property(fc.integer({ min: 1, max: 1e9 }), (seed) => {
      outcomes.add(useFile(damaged(bytes, all, new SeededRandom(seed, name))));
    }), { numRuns: bytes.length > 100_000 ? 15 : 250 });
    assert.ok(outcomes.has('refused'));
  });
}

test('a damaged side-car is used, or refused with a sentence', () => {
  const program = everyLayerProgram(new SeededRandom(1, 'facts'), 8);
  fc.assert(fc.property(fc.integer({ min: 1, max: 1e9 }), (seed) => void useFacts(damagedFacts(new SeededRandom(seed, 'facts')), program)), { numRuns: 300 });
});
