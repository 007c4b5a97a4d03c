import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { UserError } from '../../../../src/base/user-error';
import { classBalancedOrder } from '../../../../src/dataset/sampling/class-balanced';
import { ClassMembers } from '../../../../src/dataset/sampling/class-members';
import { pkOrder } from '../../../../src/dataset/sampling/pk-order';

const membersOf = (labels: readonly number[], classes = Math.max(-1, ...labels) + 1): ClassMembers => new ClassMembers(labels.length, classes, (sample) => labels[sample] ?? 0);
/** Classes of the given sizes, their samples mixed. */
const labelsOf = (sizes: readonly number[]): number[] => {
  const labels: number[] = [];
  for (let i = 0; i < Math.max(...sizes); i++) sizes.forEach((size, label) => i < size && labels.push(label));
  return labels;
};
const spread = (counts: readonly number[]): number => Math.max(...counts) - Math.min(...counts);
function countsOf(values: Iterable<number>, kinds: number): number[] {
  const counts = Array.from({ length: kinds }, () => 0);
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
const sizesOfClasses = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 12 });

describe('class members', () => {
  it('groups samples by class', () => {
    const members = membersOf([2, 0, 2, 0, 2], 4);
    assert.deepEqual([0, 1, 2, 3].map((i) => [...members.of(i)]), [[1, 3], [], [0, 2, 4], []]);
    assert.deepEqual([...members.classesWith(1)], [0, 2]);
    assert.deepEqual([...members.classesWith(3)], [2]);
    assert.throws(() => membersOf([0, 5], 2), RangeError);
  });
});

describe('class-balanced order', () => {
  it('uses classes equally often, and the samples of each class too', () => {
    fc.assert(fc.property(sizesOfClasses, fc.integer(), fc.nat(50), (sizes, seed, epoch) => {
      const labels = labelsOf(sizes);
      const order = classBalancedOrder(membersOf(labels), seed, epoch);
      assert.equal(order.length, labels.length);
      assert.ok(spread(countsOf(Array.from(order, (sample) => labels[sample] ?? -1), sizes.length)) <= 2);
      const uses = countsOf(order, labels.length);
      sizes.forEach((_, label) => assert.ok(spread(uses.filter((_, sample) => labels[sample] === label)) <= 2));
    }));
  });

  it('is one endless sequence: whatever its epochs are, over all of them nothing is used more than once oftener', () => {
    const labels = labelsOf([1, 3, 7]);
    const members = membersOf(labels);
    const long = classBalancedOrder(members, 4, 0, 210);
    const parts = Array.from({ length: 21 }, (_, epoch) => [...classBalancedOrder(members, 4, epoch, 10)]).flat();
    assert.deepEqual(parts, [...long]);
    // 70 rounds: the one sample of the first class 70 times, those of the second 23 or 24 times, those of the third 10 times.
    const uses = countsOf(long, labels.length);
    labels.forEach((label, sample) => assert.ok([[70], [23, 24], [10]][label]?.includes(uses[sample] ?? 0), `${sample}: ${uses[sample]}`));
  });

  it('depends on its arguments alone', () => {
    const members = membersOf(labelsOf([20, 30, 40]));
    const order = classBalancedOrder(members, 1, 2);
    assert.deepEqual(classBalancedOrder(members, 1, 2), order);
    assert.notDeepEqual(classBalancedOrder(members, 1, 3), order);
    assert.notDeepEqual(classBalancedOrder(members, 2, 2), order);
    assert.deepEqual([...classBalancedOrder(membersOf([0, 0, 1, 1, 1]), 7, 0)], [1, 4, 0, 3, 2]);
  });

  it('passes over classes without samples and refuses to begin without any', () => {
    assert.deepEqual(countsOf(classBalancedOrder(membersOf([1, 3], 5), 0, 0, 10), 2), [5, 5]);
    assert.throws(() => classBalancedOrder(membersOf([], 3), 0, 0), UserError);
  });

  it('puts every class at every place of a round equally often', () => {
    const members = membersOf([0, 1, 2, 3]);
    const rounds = 4000;
    const order = classBalancedOrder(members, 9, 0, 4 * rounds);
    const hits = countsOf(Array.from(order, (sample, place) => (place % 4) * 4 + sample), 16);
    const expected = rounds / 4;
    // Rows and columns have fixed sums, so 3/4 of the sum over the cells is chi-square with 9 degrees of freedom, which passes 33.7 once in 10,000 cases.
    const chiSquare = 0.75 * hits.reduce((sum, hit) => sum + (hit - expected) ** 2 / expected, 0);
    assert.ok(chiSquare < 33.7, `${chiSquare}: ${String(hits)}`);
  });
});

describe('P x K order', () => {
  it('has P classes with K different samples in each batch', () => {
    fc.assert(fc.property(sizesOfClasses, fc.integer(), fc.nat(20), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 6 }), (sizes, seed, epoch, classes, samples) => {
      const labels = labelsOf(sizes);
      fc.pre(sizes.filter((size) => size >= 2).length >= classes);
      const order = pkOrder(membersOf(labels), seed, epoch, { classes, samples, batches: 5 });
      assert.equal(order.length, 5 * classes * samples);
      for (let start = 0; start < order.length; start += classes * samples) {
        const batch = [...order.subarray(start, start + classes * samples)];
        const groups = Array.from({ length: classes }, (_, i) => batch.slice(i * samples, (i + 1) * samples));
        const drawn = groups.map((group) => new Set(group.map((sample) => labels[sample] ?? -1)));
        assert.ok(drawn.every((set) => set.size === 1));
        const own = drawn.map((set) => [...set][0] ?? -1);
        assert.equal(new Set(own).size, classes);
        groups.forEach((group, i) => assert.equal(new Set(group).size, Math.min(samples, sizes[own[i] ?? 0] ?? 0)));
      }
    }));
  });

  it('lets classes take turns', () => {
    const members = membersOf(labelsOf([5, 5, 5, 5, 5, 5]));
    const order = pkOrder(members, 3, 0, { classes: 2, samples: 2, batches: 30 });
    for (let turn = 0; turn < 10; turn++) {
      const classes = new Set(Array.from(order.subarray(turn * 12, turn * 12 + 12), (sample) => sample % 6));
      assert.equal(classes.size, 6);
    }
  });

  it('goes on over epochs and depends on its arguments alone', () => {
    const members = membersOf(labelsOf([9, 4, 6, 2, 8]));
    const options = { classes: 2, samples: 3, batches: 7 };
    const long = pkOrder(members, 1, 0, { ...options, batches: 21 });
    assert.deepEqual([0, 1, 2].flatMap((epoch) => [...pkOrder(members, 1, epoch, options)]), [...long]);
    assert.notDeepEqual(pkOrder(members, 2, 0, options), pkOrder(members, 1, 0, options));
    assert.equal(pkOrder(members, 1, 0, { classes: 2, samples: 3 }).length, 24);
  });

  it('draws the samples of a class equally often', () => {
    const members = membersOf(labelsOf([10, 10]));
    const batches = 5000;
    const hits = countsOf(pkOrder(members, 5, 0, { classes: 2, samples: 3, batches }), 20);
    // Expected 1500 each, deviation 32.
    for (const hit of hits) assert.ok(Math.abs(hit - 0.3 * batches) < 160, String(hits));
  });

  it('refuses batches that the classes cannot fill', () => {
    assert.throws(() => pkOrder(membersOf(labelsOf([5, 1, 5])), 0, 0, { classes: 3, samples: 2 }), (error) => error instanceof UserError && /needs 3 people with at least 2 images, but there are 2/.test(error.message));
    assert.equal(pkOrder(membersOf(labelsOf([5, 1, 5])), 0, 0, { classes: 3, samples: 2, fewest: 1, batches: 2 }).length, 12);
  });
});
