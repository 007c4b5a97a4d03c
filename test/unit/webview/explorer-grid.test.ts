import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gridKey } from '../../../webview/common/grid-keys';
import { GridLayout } from '../../../webview/dataset/grid/grid-layout';
import { Selection } from '../../../webview/dataset/grid/selection';
import { ExplorerModel, type PhotoGroup } from '../../../webview/dataset/model';
import type { ExplorerSnapshot } from '../../../src/protocol/explorer-page';

const measures = { columns: 3, rowHeight: 50, headHeight: 20, rowsInSight: 4 };
const numbers = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i);
/** Person 7 has photos 0..6, person 2 has 10, 11, person 5 has 20..22. */
const groups: PhotoGroup[] = [{ person: 7, photos: numbers(0, 7) }, { person: 2, photos: [10, 11] }, { person: 5, photos: numbers(20, 3) }];
const personOf = (photo: number): number => (photo < 10 ? 7 : photo < 20 ? 2 : 5);

describe('the layout of the grid', () => {
  const layout = new GridLayout(groups, new Set(), measures);
  const move = (photo: number, how: Parameters<GridLayout['move']>[2]): number => layout.move(photo, personOf(photo), how);

  test('each group has its head and rows of as many photos as there are columns', () => {
    assert.equal(layout.rowCount, 4 + 2 + 2);
    assert.equal(layout.height, 20 + 150 + 20 + 50 + 20 + 50);
    assert.deepEqual(layout.row(0), { kind: 'head', group: 0 });
    assert.deepEqual(layout.row(3), { kind: 'tiles', group: 0, photos: [6] });
    assert.deepEqual(layout.row(5), { kind: 'tiles', group: 1, photos: [10, 11] });
  });

  test('a row is found by its height, also at the edges and beyond', () => {
    for (let row = 0; row < layout.rowCount; row++) {
      assert.equal(layout.rowAt(layout.rowTop(row)), row);
      assert.equal(layout.rowAt(layout.rowTop(row) + 15), row);
    }
    assert.equal(layout.rowAt(-100), 0);
    assert.equal(layout.rowAt(99_999), layout.rowCount - 1);
  });

  test('arrows cross heads and stop at the ends', () => {
    assert.equal(move(6, 'right'), 10);
    assert.equal(move(10, 'left'), 6);
    assert.equal(move(0, 'left'), 0);
    assert.equal(move(22, 'right'), 22);
    assert.equal(move(4, 'down'), 6, 'a shorter row gives its last photo');
    assert.equal(move(6, 'down'), 10);
    assert.equal(move(11, 'up'), 6);
    assert.equal(move(22, 'down'), 22);
    assert.equal(move(4, 'home'), 3);
    assert.equal(move(4, 'end'), 5);
    assert.equal(move(1, 'page-down'), 11);
    assert.equal(move(22, 'page-up'), 5);
    assert.equal(move(4, 'first'), 0);
    assert.equal(move(4, 'last'), 22);
  });

  test('a range goes through groups in the order of the grid, whichever end comes first', () => {
    const between = (a: number, b: number): number[] => layout.between(a, personOf(a), b, personOf(b));
    assert.deepEqual(between(5, 20), [5, 6, 10, 11, 20]);
    assert.deepEqual(between(20, 5), [5, 6, 10, 11, 20]);
    assert.deepEqual(between(11, 11), [11]);
  });

  test('closed groups keep their head and are stepped over', () => {
    const closed = new GridLayout(groups, new Set([2]), measures);
    assert.equal(closed.height, layout.height - 50);
    assert.equal(closed.move(6, 7, 'right'), 20);
    assert.equal(closed.rowOf(10, 2), undefined);
    assert.deepEqual(closed.between(6, 7, 20, 5), [6, 20]);
  });

  test('with 100,000 photos every row is where the sum of the rows before it says', () => {
    const many = numbers(0, 1000).map((person) => ({ person, photos: numbers(person * 100, 100) }));
    const large = new GridLayout(many, new Set(), measures);
    assert.equal(large.rowCount, 1000 * 35);
    let top = 0;
    for (let row = 0; row < large.rowCount; row++) {
      assert.equal(large.rowTop(row), top);
      top += row % 35 === 0 ? measures.headHeight : measures.rowHeight;
    }
    assert.equal(large.height, top);
  });

  test('nothing to show is no error', () => {
    const empty = new GridLayout([], new Set(), measures);
    assert.deepEqual([empty.rowCount, empty.height, empty.firstPhoto, empty.lastPhoto], [0, 0, undefined, undefined]);
  });
});

test('keys of the grid', () => {
  const press = (key: string, held: Partial<Record<'ctrlKey' | 'shiftKey', boolean>> = {}) => gridKey({ key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...held });
  assert.deepEqual(press('ArrowDown', { shiftKey: true }), { kind: 'move', move: 'down', extends: true });
  assert.deepEqual(press('End', { ctrlKey: true }), { kind: 'move', move: 'last', extends: false });
  assert.deepEqual(press('a', { ctrlKey: true }), { kind: 'group' });
  assert.equal(press('z', { ctrlKey: true }), undefined);
  assert.equal(press('c'), undefined);
});

test('a selection is about the chosen photos, else about the one under the cursor', () => {
  const selection = new Selection();
  selection.moveTo(4);
  assert.deepEqual(selection.photos, [4]);
  selection.extendTo(6, [4, 5, 6]);
  assert.deepEqual([selection.photos, selection.cursor, selection.anchor], [[4, 5, 6], 6, 4]);
  selection.toggle(5);
  assert.deepEqual(selection.photos, [4, 6]);
  selection.clear();
  assert.deepEqual(selection.photos, [5]);
});

describe('the model of the explorer', () => {
  const snapshot: ExplorerSnapshot = {
    kind: 'snapshot', folder: '/photos', name: 'photos', rootUri: 'https://host/photos', thumbnails: 'direct',
    people: [{ name: 'Ann', photos: ['a 1.jpg', 'b#.jpg'] }, { name: 'Bob', photos: ['1.jpg', '2.jpg', 'ann.jpg'] }, { name: 'Anna', photos: ['x.jpg'] }],
    lists: { leftOut: ['Bob/2.jpg', 'Gone/1.jpg'], checked: [] }, plan: { name: 'none', size: 112, buckets: [], bucketOf: [], cropsOf: [] }, faceless: [{ photo: 'Anna/x.jpg', kind: 'no-face' }], split: { heldOut: [] },
    audit: { createdAt: '', samePerson: [], outliers: [], copies: [{ kind: 'exact', people: ['Bob'], photos: ['Bob/1.jpg', 'Bob/2.jpg'].map((photo, i) => ({ photo, person: 'Bob', widthPixels: 1, heightPixels: 1, sizeBytes: 1, sharpness: 1, keep: i === 0, reason: '' })) }] },
  };
  const model = new ExplorerModel(snapshot);
  const shown = (search: string, show: 'all' | 'findings' | 'to-check' = 'all', range?: readonly [number, number]): string[] =>
    model.groups({ search, show, ...(range ? { range } : {}) }).flatMap(({ photos }) => photos.map((photo) => model.idOf(photo)));

  test('people come with most photos first; search finds people and files, a whole name only its person', () => {
    assert.deepEqual(shown(''), ['Bob/1.jpg', 'Bob/2.jpg', 'Bob/ann.jpg', 'Ann/a 1.jpg', 'Ann/b#.jpg', 'Anna/x.jpg']);
    assert.deepEqual(shown('ann'), ['Bob/ann.jpg', 'Ann/a 1.jpg', 'Ann/b#.jpg', 'Anna/x.jpg']);
    assert.deepEqual(shown('Ann'), ['Ann/a 1.jpg', 'Ann/b#.jpg']);
    assert.deepEqual(shown('', 'all', [1, 1]), ['Ann/a 1.jpg', 'Ann/b#.jpg']);
  });

  test('findings are those of the audit and of the preparation; what is left out needs no check any more', () => {
    assert.deepEqual(shown('', 'findings'), ['Bob/1.jpg', 'Bob/2.jpg', 'Anna/x.jpg']);
    assert.deepEqual(shown('', 'to-check'), ['Bob/1.jpg', 'Anna/x.jpg']);
    model.apply({ kind: 'lists', lists: { leftOut: [], checked: ['Bob/1.jpg'] }, plan: snapshot.plan });
    assert.deepEqual(shown('', 'to-check'), ['Bob/2.jpg', 'Anna/x.jpg']);
    assert.equal(model.toCheckCount, 2);
  });

  test('addresses keep names with spaces and signs whole', () => {
    assert.equal(model.addressOf(model.numberOf('Ann/b#.jpg') ?? -1), 'https://host/photos/Ann/b%23.jpg');
  });
});
