import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CompareRow, RowEvaluation } from '../../../src/protocol/compare-panel';
import { allColumns, bestRows, cellText, changedColumns, commonRate, recipeTitle, sortedRows, withTarAt, type Column } from '../../../src/protocol/compare-table';
import { Figures } from '../../../src/protocol/figures';
import { flatFacts } from '../../../src/protocol/flat-facts';

const figures = new Figures('en');

function row(id: string, facts: CompareRow['facts'], evaluation?: Partial<RowEvaluation>): CompareRow {
  const complete: RowEvaluation = { fingerprint: 'f', people: 4, samePairs: 180, differentPairs: 180, threshold: 0.4, equalErrorThreshold: 0.3, curve: [], tarAtFar: [], isStale: false, ...evaluation };
  return { id, run: id, name: id, form: 'float', state: 'finished', isStarred: false, hasModel: true, facts, ...(evaluation ? { evaluation: complete } : {}) };
}

const rows = [
  row('r01', { 'head': 'Softmax', 'network': 'K210 Small', 'steps': 120, 'recipe.batch': 8, 'recipe.head.margin': 0, 'eer': 0.2, 'accuracy': 0.8 }),
  row('r02', { 'head': 'ArcFace', 'network': 'K210 Small', 'steps': 180, 'recipe.batch': 8, 'recipe.head.margin': 0.5, 'eer': 0.05, 'accuracy': 0.94 }),
  row('r03', { head: 'ArcFace', network: 'K210 Small', steps: 0 }),
];

describe('columns', () => {
  test('all of them: what it is, the figures, the recipe', () => {
    assert.deepEqual(allColumns(rows).map(({ key }) => key), ['head', 'network', 'steps', 'eer', 'accuracy', 'recipe.batch', 'recipe.head.margin']);
  });

  test('the changed ones leave out what is alike', () => {
    assert.deepEqual(changedColumns(rows.slice(0, 2)).map(({ key }) => key), ['head', 'steps', 'eer', 'accuracy', 'recipe.head.margin']);
    assert.deepEqual(changedColumns(rows.slice(0, 1)).map(({ key }) => key), ['eer', 'accuracy'], 'the figures that decide stay');
    assert.ok(changedColumns(rows).some(({ key }) => key === 'recipe.batch'), 'one run without it is a difference');
  });

  test('titles of recipes are readable', () => assert.equal(recipeTitle('recipe.head.marginWarmUp'), 'Head margin warm up'));
});

describe('order and best', () => {
  const ids = (column: string, descending: boolean): string[] => sortedRows(rows, { column, descending }).map(({ id }) => id);
  test('rows without a value come last either way', () => {
    assert.deepEqual(ids('accuracy', true), ['r02', 'r01', 'r03']);
    assert.deepEqual(ids('accuracy', false), ['r01', 'r02', 'r03']);
  });

  test('texts are sorted as texts, names too', () => {
    assert.deepEqual(ids('head', false), ['r02', 'r03', 'r01']);
    assert.deepEqual(ids('name', true), ['r03', 'r02', 'r01']);
  });

  test('the best is the highest or the lowest, and nobody when all are alike', () => {
    const column = (key: string, better: 'high' | 'low'): Column => ({ key, kind: 'share', better });
    assert.deepEqual([...bestRows(rows, column('accuracy', 'high'))], ['r02']);
    assert.deepEqual([...bestRows(rows, column('eer', 'low'))], ['r02']);
    assert.deepEqual([...bestRows([row('a', { eer: 0.1 }), row('b', { eer: 0.1 })], column('eer', 'low'))], []);
    assert.deepEqual([...bestRows(rows, { key: 'steps', kind: 'count' })], []);
  });
});

test('cells', () => {
  const plain = (value: Parameters<typeof cellText>[0], kind: Parameters<typeof cellText>[1]): string => cellText(value, kind, figures).replaceAll('\u00a0', ' ');
  assert.deepEqual(
    [plain(undefined, 'share'), plain(0.914, 'share'), plain(0.4137, 'cosine'), plain(861_248, 'bytes'), plain(1.4 * 1024 * 1024, 'bytes'), plain(4200, 'count'), plain(0.000123456, 'number'), plain(false, 'text')],
    ['–', '91.4 %', '0.41', '841 KiB', '1.4 MiB', '4,200', '0.0001235', 'false'],
  );
});

describe('the rate of the column TAR', () => {
  const at = (...rates: number[]): Partial<RowEvaluation> => ({ tarAtFar: rates.map((far) => ({ far, tar: 1 - far })) });
  test('is the smallest that all evaluations decide', () => {
    assert.equal(commonRate([row('a', {}, at(0.1, 0.01, 0.001, 0.0001)), row('b', {}, at(0.1, 0.01)), row('c', {})]), 0.01);
    assert.equal(commonRate([row('a', {}, at(0.1, 0.01, 0.001, 0.0001))]), 0.001);
    assert.equal(commonRate([row('a', {}, at())]), undefined);
    assert.equal(commonRate(rows), undefined);
  });

  test('gives the fact, where it is decided', () => {
    assert.deepEqual(withTarAt([row('a', { eer: 0.1 }, at(0.1, 0.01)), row('b', {})], 0.01).map(({ facts }) => facts), [{ eer: 0.1, tar: 0.99 }, {}]);
  });
});

test('nested values become facts by dotted name', () => {
  assert.deepEqual([...flatFacts({ network: 'k210-s', recipe: { head: { margin: 0.5 }, drops: [1, null], nothing: undefined } })], [['network', 'k210-s'], ['recipe.head.margin', 0.5], ['recipe.drops.0', 1], ['recipe.drops.1', null]]);
});
