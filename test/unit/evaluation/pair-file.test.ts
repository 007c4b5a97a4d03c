import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { UserError } from '../../../src/base/user-error';
import { formatLfwPairs, formatPairs, parsePairs, readPairs } from '../../../src/evaluation/pair-file';
import type { PairList } from '../../../src/evaluation/pairs';

const lfw = ['2\t2', 'Ann\t1\t4', 'Bob\t2\t12', 'Ann\t1\tBob\t3', 'Bob\t2\tCid\t1', 'Cid\t1\t2', 'Cid\t2\t3', 'Ann\t2\tCid\t1', 'Bob\t1\tCid\t10000', ''].join('\n');

function refusal(text: string): string {
  try {
    parsePairs(text, 'list.txt');
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    return error.message;
  }
  return assert.fail('it was accepted');
}

test('LFW\'s form is read and written back byte for byte', () => {
  const list = parsePairs(lfw, 'pairs.txt');
  assert.equal(list.folds, 2);
  assert.deepEqual(list.pairs[1], { a: 'Bob/Bob_0002.jpg', b: 'Bob/Bob_0012.jpg', same: true, fold: 0 });
  assert.deepEqual(list.pairs[7], { a: 'Bob/Bob_0001.jpg', b: 'Cid/Cid_10000.jpg', same: false, fold: 1 });
  assert.equal(formatLfwPairs(list), lfw);
});

test('LFW\'s form is read with spaces, Windows line ends, a byte order mark and without folds', () => {
  const spaced = `\uFEFF${lfw.replaceAll('\t', '  ').replaceAll('\n', '\r\n')}`;
  assert.deepEqual(parsePairs(spaced, 'pairs.txt'), parsePairs(lfw, 'pairs.txt'));
  const withoutFolds = parsePairs('2\nAnn\t1\t4\nBob\t2\t12\nAnn\t1\tBob\t3\nBob\t2\tCid\t1\n', 'pairsDevTest.txt');
  assert.equal(withoutFolds.folds, 2);
  assert.deepEqual(withoutFolds.pairs.map((pair) => pair.fold), [0, 1, 0, 1]);
});

test('the table form keeps any list', () => {
  const name = fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom('a', 'B', ' ', ',', '"', ';', '\t', '#', '/', '.', 'é', '\'') }).filter((text) => text.trim() === text);
  const pair = fc.record({ a: name, b: name, same: fc.boolean() }).filter(({ a, b }) => a !== b);
  const list = fc.tuple(fc.array(pair, { minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 10 })).map(([pairs, folds]): PairList => {
    const used = Math.min(folds, pairs.length);
    return { folds: used, pairs: pairs.map((value, index) => ({ ...value, fold: index % used })) };
  });
  fc.assert(fc.property(list, (value) => assert.deepEqual(parsePairs(formatPairs(value), 'x'), value)));
});

test('tables are read with other separators, other column orders, words for flags, comments, and without folds', () => {
  const table = '# made by hand\nsame;b;a\ntrue;x/2.jpg;x/1.jpg\n\n0;y/1.jpg;x/1.jpg\nsame;y/1.jpg;y/2.jpg\ndifferent;y/3.jpg;x/1.jpg\n';
  const list = parsePairs(table, 'x');
  assert.equal(list.folds, 2);
  assert.deepEqual(list.pairs[0], { a: 'x/1.jpg', b: 'x/2.jpg', same: true, fold: 0 });
  assert.deepEqual(list.pairs.map((pair) => [pair.same, pair.fold]), [[true, 0], [false, 0], [true, 1], [false, 1]]);
});

test('plain lines of two paths and a flag are read', () => {
  const list = parsePairs('A/1.jpg A/2.jpg 1\nA/1.jpg B/1.jpg 0\n', 'x');
  assert.deepEqual(list.pairs.map(({ a, b, same }) => [a, b, same]), [['A/1.jpg', 'A/2.jpg', true], ['A/1.jpg', 'B/1.jpg', false]]);
});

test('a wrong line is refused with file and line', () => {
  assert.match(refusal('1\t1\nAnn\t1\t2\nAnn\tone\tBob\t2\n'), /^list\.txt line 3 is neither/u);
  assert.match(refusal('1\t1\nAnn\t1\t1\nAnn\t1\tBob\t2\n'), /^list\.txt line 2 pairs a photo with itself/u);
  assert.match(refusal('10\t300\nAnn\t1\t2\n'), /^list\.txt announces 6000 pairs in its first line but holds 1\./u);
  assert.match(refusal('a,b,same,fold\nx,y,1,1\nx,z,maybe,1\n'), /^list\.txt line 3 has "maybe"/u);
  assert.match(refusal('a,b,same,fold\nx,y,1,-1\n'), /^list\.txt line 2 has "-1" where the number of a fold/u);
  assert.match(refusal('a,b,same\nx,y\n'), /^list\.txt line 2 has 2 values for 3 columns/u);
  assert.match(refusal('a,b,same\n"x,y,1\n'), /^list\.txt line 2 has a double quote/u);
  assert.match(refusal('a,b,same\nx,,1\n'), /^list\.txt line 2 lacks a photo/u);
  assert.match(refusal('\n\nhello world\n'), /^list\.txt line 3 is in no form/u);
  assert.match(refusal(' \n'), /holds no pairs/u);
  assert.match(refusal('a,b,same\n'), /holds no pairs/u);
});

test('any text is read or refused, never a crash', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 60, unit: fc.constantFrom('a', 'b', 'same', '1', '0', '\t', ',', ';', '"', '\n', ' ', 'x/1.jpg') }), (text) => {
      try {
        assert.ok(parsePairs(text, 'x').pairs.length > 0);
      } catch (error) {
        assert.ok(error instanceof UserError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

test('LFW\'s form is refused for other names, uneven folds and misleading names', () => {
  const pairs = [{ a: 'A/A_0001.jpg', b: 'A/A_0002.jpg', same: true, fold: 0 }, { a: 'A/A_0001.jpg', b: 'B/B_0001.jpg', same: false, fold: 0 }];
  assert.equal(formatLfwPairs({ folds: 1, pairs }), '1\t1\nA\t1\t2\nA\t1\tB\t1\n');
  assert.throws(() => formatLfwPairs({ folds: 1, pairs: pairs.slice(1) }), /needs the same number/u);
  assert.throws(() => formatLfwPairs({ folds: 1, pairs: pairs.map((pair) => ({ ...pair, a: 'A/one.jpg' })) }), /not named as LFW/u);
  assert.throws(() => formatLfwPairs({ folds: 1, pairs: pairs.map((pair) => ({ ...pair, same: !pair.same })) }), /does not say/u);
  assert.throws(() => formatLfwPairs({ folds: 1, pairs: pairs.map((pair) => ({ ...pair, a: 'A/A_00001.jpg' })) }), /not named as LFW/u);
});

test('a missing file and a folder are refused', async () => {
  await assert.rejects(readPairs('/nowhere/pairs.txt'), UserError);
  await assert.rejects(readPairs(__dirname), UserError);
});
