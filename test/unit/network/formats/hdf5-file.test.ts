import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeHdf5, encodeHdf5, type Hdf5Group } from '../../../../src/network/formats/keras/hdf5-file';
import type { Weight } from '../../../../src/network/network-spec';

const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,12}(:0)?$/);
const weight: fc.Arbitrary<Weight> = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }).chain((shape) => {
  const length = shape.reduce((product, size) => product * size, 1);
  return fc.float32Array({ minLength: length, maxLength: length, noNaN: true }).map((data) => ({ shape, data }));
});
const named = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Map<string, T>> => fc.dictionary(name, value, { maxKeys: 3 }).map((entries) => new Map(Object.entries(entries)));
const attribute = fc.oneof(fc.stringMatching(/^[ -~]{1,40}$/), fc.array(name, { minLength: 1, maxLength: 5 }));
const leaf: fc.Arbitrary<Hdf5Group> = fc.record({ attributes: named(attribute), groups: fc.constant(new Map()), datasets: named(weight) });
/** Groups and datasets share one name space. */
const tree: fc.Arbitrary<Hdf5Group> = fc.record({ attributes: named(attribute), groups: named(leaf), datasets: named(weight) }).map((group) => ({
  ...group, datasets: new Map([...group.datasets].filter(([key]) => !group.groups.has(key))),
}));

const sorted = <T>(entries: ReadonlyMap<string, T>): [string, T][] => [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
function plain({ attributes, groups, datasets }: Hdf5Group): unknown {
  return {
    attributes: sorted(attributes), groups: sorted(groups).map(([key, group]) => [key, plain(group)]),
    datasets: sorted(datasets).map(([key, { shape, data }]) => [key, shape, [...data]]),
  };
}

test('an HDF5 tree reads back as it was written', async () => {
  await fc.assert(fc.asyncProperty(tree, async (written) => {
    assert.deepEqual(plain(await decodeHdf5(await encodeHdf5(written))), plain(written));
  }), { numRuns: 40 });
});

test('a text longer than an object header takes reads back', async () => {
  const text = 'model '.repeat(40_000);
  const written = { attributes: new Map([['model_config', text]]), groups: new Map(), datasets: new Map() };
  assert.equal((await decodeHdf5(await encodeHdf5(written))).attributes.get('model_config'), text);
});

test('what is no HDF5 file is refused', async () => {
  await assert.rejects(decodeHdf5(Buffer.from('GIF89a and so on')), /does not begin as an HDF5 file/);
});
