import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CancelledError } from '../../../src/base/user-error';
import { identify } from '../../../src/evaluation/identification';

interface Gallery {
  readonly vectors: number[][];
  readonly people: number[];
}

/** Whole numbers as coordinates, so that ties are exact. */
const galleries: fc.Arbitrary<Gallery> = fc
  .array(fc.record({ vector: fc.tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -3, max: 3 }), fc.integer({ min: -3, max: 3 })), person: fc.nat({ max: 4 }) }), { minLength: 3, maxLength: 30 })
  .map((photos) => ({ vectors: photos.map(({ vector }) => [...vector]), people: photos.map(({ person }) => person) }))
  .filter(({ people }) => new Set(people).size >= 2 && new Set(people).size < people.length);

const dot = (x: readonly number[], y: readonly number[]): number => x.reduce((sum, value, index) => sum + value * (y[index] ?? 0), 0);

/** By sorting all candidates, those of other people first among equals. */
function rankBySorting({ vectors, people }: Gallery, probe: number, candidates: readonly number[]): number {
  const own = vectors[probe] ?? [];
  const sorted = [...candidates].sort((x, y) => dot(own, vectors[y] ?? []) - dot(own, vectors[x] ?? []) || Number(people[x] === people[probe]) - Number(people[y] === people[probe]));
  return 1 + sorted.findIndex((candidate) => people[candidate] === people[probe]);
}

async function found({ vectors, people }: Gallery, bootstrapSamples = 20): Promise<NonNullable<Awaited<ReturnType<typeof identify>>>> {
  return (await identify(Float32Array.from(vectors.flat()), vectors[0]?.length ?? 0, people, { seed: 1, bootstrapSamples })) ?? assert.fail('nothing to look up');
}

test('ranks are those of sorting, among all others and among the first photos', async () => {
  await fc.assert(
    fc.asyncProperty(galleries, async (gallery) => {
      const { people } = gallery;
      const all = [...people.keys()];
      const first = all.filter((photo) => people.indexOf(people[photo] ?? -1) === photo);
      const ranks = {
        leaveOneOut: all.filter((photo) => people.some((person, other) => other !== photo && person === people[photo])).map((photo) => rankBySorting(gallery, photo, all.filter((other) => other !== photo))),
        galleryProbe: all.filter((photo) => !first.includes(photo)).map((photo) => rankBySorting(gallery, photo, first)),
      };
      const result = await found(gallery);
      for (const kind of ['leaveOneOut', 'galleryProbe'] as const) {
        const expected = ranks[kind];
        assert.equal(result[kind].probes, expected.length);
        assert.ok(Math.abs(result[kind].rank1 - expected.filter((rank) => rank === 1).length / expected.length) < 1e-12);
        assert.ok(Math.abs(result[kind].rank5 - expected.filter((rank) => rank <= 5).length / expected.length) < 1e-12);
        assert.ok(result[kind].rank1Interval.low <= result[kind].rank1 && result[kind].rank1 <= result[kind].rank1Interval.high);
      }
    }),
    { numRuns: 60 },
  );
});

test('people who are far apart are all found, and one vector for all finds nobody', async () => {
  const people = [0, 0, 1, 1, 2, 2];
  const apart = await found({ people, vectors: people.map((person) => [0, 1, 2].map((axis) => (axis === person ? 1 : 0))) });
  assert.deepEqual([apart.leaveOneOut.rank1, apart.galleryProbe.rank1, apart.people, apart.photos], [1, 1, 3, 6]);
  const alike = await found({ people, vectors: people.map(() => [1, 0, 0]) });
  assert.deepEqual([alike.leaveOneOut.rank1, alike.galleryProbe.rank1], [0, 0]);
});

test('nothing can be looked up among photos of one person, or one photo a person', async () => {
  const vectors = Float32Array.of(1, 0, 0, 1);
  assert.equal(await identify(vectors, 2, [3, 3], { seed: 1 }), undefined);
  assert.equal(await identify(vectors, 2, [3, 4], { seed: 1 }), undefined);
});

test('a cancel ends it', async () => {
  const abort = new AbortController();
  abort.abort();
  await assert.rejects(identify(Float32Array.of(1, 0, 0, 1, 1, 1), 2, [1, 1, 2], { seed: 1, signal: abort.signal }), CancelledError);
});
