import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { UserError } from '../../../src/base/user-error';
import { chooseHeldOut, parseHoldOut, readHoldOutNames } from '../../../src/dataset/hold-out';

function people(count: number, images = 3): { name: string; images: number }[] {
  return Array.from({ length: count }, (_, i) => ({ name: `person ${i}`, images }));
}

describe('held-out identities', () => {
  it('are 15 % by default, at least 2, and none below 6 people', () => {
    const sizes = [2, 5, 6, 20, 60, 1000].map((count) => chooseHeldOut(people(count), { kind: 'default' }, 1).size);
    assert.deepEqual(sizes, [0, 0, 2, 3, 9, 150]);
  });

  it('are as many as asked for, the same for the same seed', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 28 }), fc.nat(), (count, seed) => {
      const chosen = chooseHeldOut(people(30), { kind: 'count', count }, seed);
      assert.equal(chosen.size, count);
      assert.deepEqual(chosen, chooseHeldOut(people(30), { kind: 'count', count }, seed));
    }));
    assert.equal(chooseHeldOut(people(40), { kind: 'share', share: 0.25 }, 1).size, 10);
    assert.notDeepEqual(chooseHeldOut(people(30), { kind: 'count', count: 5 }, 1), chooseHeldOut(people(30), { kind: 'count', count: 5 }, 2));
  });

  it('prefer people with several images', () => {
    const mixed = people(10).map((person, i) => ({ ...person, images: i < 7 ? 1 : 4 }));
    for (let seed = 0; seed < 20; seed++) {
      assert.deepEqual([...chooseHeldOut(mixed, { kind: 'count', count: 3 }, seed)].sort(), ['person 7', 'person 8', 'person 9']);
    }
  });

  it('leave at least two people for training', () => {
    assert.throws(() => chooseHeldOut(people(4), { kind: 'count', count: 3 }, 0), (error) => error instanceof UserError && /leaves 1 for training/.test(error.message));
    assert.throws(() => chooseHeldOut(people(1), { kind: 'default' }, 0), UserError);
  });

  it('can be named', () => {
    const wish = { kind: 'names', names: ['person 3', 'person 1'], source: 'names.txt' } as const;
    assert.deepEqual(chooseHeldOut(people(5), wish, 0), new Set(['person 3', 'person 1']));
    assert.throws(() => chooseHeldOut(people(2), wish, 0), /"person 3" of names.txt/);
  });
});

describe('the wish for held-out identities', () => {
  it('is a count or a share', () => {
    assert.deepEqual(parseHoldOut('12'), { kind: 'count', count: 12 });
    assert.deepEqual(parseHoldOut('0'), { kind: 'count', count: 0 });
    assert.deepEqual(parseHoldOut('0.2'), { kind: 'share', share: 0.2 });
    assert.deepEqual(parseHoldOut('15%'), { kind: 'share', share: 0.15 });
    for (const wrong of ['', 'a', '-1', '1.5', '100%', '1e3', '0x3']) assert.throws(() => parseHoldOut(wrong), UserError);
  });

  it('is read from a list', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'hold-out-'));
    try {
      const file = path.join(folder, 'names.txt');
      await writeFile(file, '# my list\nAnna B\r\n\n  Carl\n');
      assert.deepEqual(await readHoldOutNames(file), { kind: 'names', names: ['Anna B', 'Carl'], source: file });
      await writeFile(file, '# nobody\n');
      await assert.rejects(readHoldOutNames(file), /is empty/);
      await assert.rejects(readHoldOutNames(path.join(folder, 'none')), UserError);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
