import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { kmodelStrings } from '../../../src/host/kmodel/kmodel-strings';
import { findPhotos, guessPhotoFolder } from '../../../src/host/pairs/photo-folder';
import { pairsStrings } from '../../../src/host/pairs/pairs-strings';
import { recordsStrings } from '../../../src/host/records/records-strings';
import { cosineOf } from '../../../src/protocol/cosine';
import { Figures } from '../../../src/protocol/figures';
import { kmodelStringKeys } from '../../../src/protocol/kmodel-strings';
import { pairsStringKeys } from '../../../src/protocol/pairs-strings';
import { recordsStringKeys } from '../../../src/protocol/records-strings';

describe('the pages of files', () => {
  const pages = [['kmodel', kmodelStrings, kmodelStringKeys], ['records', recordsStrings, recordsStringKeys], ['pairs', pairsStrings, pairsStringKeys]] as const;
  for (const [name, strings, keys] of pages) test(`${name} has a text for every key`, () => assert.deepEqual(Object.keys(strings()).sort(), [...keys].sort()));
});

describe('photos of a pair list', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'pairs-'));
    await mkdir(path.join(folder, 'lists'));
    await mkdir(path.join(folder, 'faces', 'Ann'), { recursive: true });
    for (const name of ['Ann_0001.png', 'Ann_0002.jpg']) await writeFile(path.join(folder, 'faces', 'Ann', name), '');
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const pair = (a: string, b: string) => ({ folds: 1, pairs: [{ a, b, same: true, fold: 0 }] });

  test('are looked for beside the list and one folder above, also with another extension', async () => {
    const list = pair('Ann/Ann_0001.jpg', 'Ann/Ann_0002.jpg');
    assert.equal(await guessPhotoFolder(path.join(folder, 'lists', 'pairs.txt'), list), path.join(folder, 'faces'));
    assert.equal(await guessPhotoFolder(path.join(folder, 'pairs.txt'), list), path.join(folder, 'faces'));
    const files = await findPhotos(path.join(folder, 'faces'), list, new AbortController().signal);
    assert.deepEqual([...files.values()].map((file) => path.basename(file)).sort(), ['Ann_0001.png', 'Ann_0002.jpg']);
  });

  test('are taken from the folder that has most of them', async () => {
    await mkdir(path.join(folder, 'a-few', 'Ann'), { recursive: true });
    await writeFile(path.join(folder, 'a-few', 'Ann', 'Ann_0001.jpg'), '');
    assert.equal(await guessPhotoFolder(path.join(folder, 'pairs.txt'), pair('Ann/Ann_0001.jpg', 'Ann/Ann_0002.jpg')), path.join(folder, 'faces'));
  });

  test('that are nowhere leave the folder of the list', async () => {
    const unknown = pair('Bob/Bob_0001.jpg', 'Eve/Eve_0002.jpg');
    assert.equal(await guessPhotoFolder(path.join(folder, 'lists', 'pairs.txt'), unknown), path.join(folder, 'lists'));
    const list = pair('Bob/Bob_0001.jpg', 'Ann/Ann_0002.jpg');
    assert.deepEqual([...(await findPhotos(path.join(folder, 'faces'), list, new AbortController().signal)).keys()], ['Ann/Ann_0002.jpg']);
  });
});

test('memory is told in powers of 1024', () => {
  const figures = new Figures('en');
  const texts = [0, 600, 43_624, 622_048, 1_429_704, 2 * 1024 ** 2, 300 * 1024 ** 2].map((bytes) => figures.binaryBytesText(bytes).replaceAll('\u00a0', ' '));
  assert.deepEqual(texts, ['0 KiB', '0.6 KiB', '42.6 KiB', '607 KiB', '1.36 MiB', '2 MiB', '300 MiB']);
});

test('cosine of vectors', () => {
  assert.equal(cosineOf([3, 4], [6, 8]), 1);
  assert.equal(cosineOf([1, 0], [0, 2]), 0);
  assert.equal(cosineOf([1, 0], [-2, 0]), -1);
  assert.equal(cosineOf([0, 0], [1, 1]), 0);
});
