import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { UserError } from '../../../src/base/user-error';
import { trainingDataOf } from '../../../src/cli/training-data';
import type { DatasetRecord } from '../../../src/dataset/dataset-artifact';
import type { Dataset } from '../../../src/dataset/dataset-reader';

/** A dataset in memory: picture `i` is the one byte `i` and shows the person `labels[i]`. */
function datasetWith(labels: readonly number[]): Dataset {
  const people = Math.max(-1, ...labels) + 1;
  const record: DatasetRecord = {
    format: 1, toolVersion: '0', createdAt: '', fingerprint: 'f', imageSize: 8, template: 't', landmarks: 'l', seed: 0, identities: [], shards: [], images: labels.length,
  };
  return {
    folder: '/data', record, count: labels.length, trainingIdentities: Array.from({ length: people }, (_, i) => `p${i}`), heldOut: [],
    label: (index) => labels[index] as number,
    read: (index) => ({ jpeg: Uint8Array.of(index), label: labels[index] as number }),
    place: (index) => `record ${index}`,
    readHeldOut: () => Uint8Array.of(),
    close: () => undefined,
  };
}

describe('training data of a dataset', () => {
  test('a shuffled epoch has each record exactly once', () => {
    fc.assert(fc.property(fc.array(fc.nat(5), { minLength: 1, maxLength: 60 }), fc.integer(), fc.nat(20), (labels, seed, epoch) => {
      const sampler = trainingDataOf(datasetWith(labels)).sampler({ kind: 'shuffle' }, seed);
      assert.equal(sampler.epochLength, labels.length);
      assert.deepEqual([...sampler.order(epoch)].sort((a, b) => a - b), labels.map((_, i) => i));
    }));
  });

  test('class-balanced epochs use people equally often, but for the two at their ends', () => {
    const labels = [...Array.from({ length: 90 }, () => 0), ...Array.from({ length: 9 }, () => 1), 2];
    const sampler = trainingDataOf(datasetWith(labels)).sampler({ kind: 'class-balanced' }, 5);
    assert.deepEqual([sampler.epochLength, sampler.repeats], [100, true]);
    const uses = [0, 0, 0];
    for (const image of sampler.order(3)) uses[labels[image] ?? 0] = (uses[labels[image] ?? 0] ?? 0) + 1;
    assert.ok(Math.max(...uses) - Math.min(...uses) <= 2, String(uses));
  });

  test('P x K epochs are whole groups; a set that cannot fill one is refused', () => {
    const data = trainingDataOf(datasetWith(Array.from({ length: 50 }, (_, i) => i % 5)));
    const sampler = data.sampler({ kind: 'pk', people: 3, photos: 4 }, 1);
    assert.equal(sampler.epochLength, 48);
    const order = sampler.order(2);
    for (let group = 0; group < 4; group++) {
      const people = new Set(Array.from(order.subarray(group * 12, group * 12 + 12), (image) => image % 5));
      assert.equal(people.size, 3);
    }
    const small = trainingDataOf(datasetWith([0, 0, 1, 1]));
    assert.equal(small.sampler({ kind: 'pk', people: 2, photos: 8 }, 1).epochLength, 16, 'at least one group, though photos repeat');
    assert.throws(() => small.sampler({ kind: 'pk', people: 3, photos: 2 }, 1), (error) => error instanceof UserError && /needs 3 people/.test(error.message));
  });

  test('no order ever shows an image of the validation, and the two parts are all images, each as it is', () => {
    const sampling = fc.constantFrom({ kind: 'shuffle' } as const, { kind: 'class-balanced' } as const, { kind: 'pk', people: 2, photos: 2 } as const);
    const labelsOf = (count: number): number[] => Array.from({ length: count }, (_, i) => i % 3);
    fc.assert(fc.property(fc.integer({ min: 24, max: 200 }), fc.double({ min: 0.01, max: 0.5, noNaN: true }), fc.nat(1000), sampling, (count, share, seed, kind) => {
      const { training, validation } = trainingDataOf(datasetWith(labelsOf(count))).split(share, seed);
      const imagesOf = (part: typeof training, indices: Iterable<number>): number[] => Array.from(indices, (index) => {
        const { jpeg: [image = -1], label } = part.read(index);
        assert.deepEqual([label, part.place(index)], [image % 3, `record ${image}`]);
        return image;
      });
      const kept = new Set(imagesOf(validation, Array.from({ length: validation.count }, (_, i) => i)));
      assert.equal(kept.size, Math.max(1, Math.round(share * count)));
      const sampler = training.sampler(kind, seed);
      const seen = [0, 1, 2].flatMap((epoch) => imagesOf(training, sampler.order(epoch)));
      assert.ok(seen.every((image) => !kept.has(image)));
      if (kind.kind === 'shuffle') assert.equal(new Set([...seen, ...kept]).size, count);
      assert.throws(() => training.read(training.count), RangeError);
    }));
  });

  test('the split depends on share and seed alone, and a larger share takes more beside the same images', () => {
    const data = trainingDataOf(datasetWith(Array.from({ length: 100 }, () => 0)));
    const validationOf = (share: number, seed: number): number[] => {
      const { validation } = data.split(share, seed);
      return Array.from({ length: validation.count }, (_, i) => validation.read(i).jpeg[0] ?? -1);
    };
    assert.deepEqual(validationOf(0.1, 3), validationOf(0.1, 3));
    assert.notDeepEqual(validationOf(0.1, 3), validationOf(0.1, 4));
    const larger = new Set(validationOf(0.3, 3));
    assert.ok(validationOf(0.1, 3).every((image) => larger.has(image)));
    assert.throws(() => trainingDataOf(datasetWith([0])).split(0.5, 1), (error) => error instanceof UserError && /leaves none for training/.test(error.message));
  });
});
