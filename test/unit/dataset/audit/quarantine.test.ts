import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { UserError } from '../../../../src/base/user-error';
import {
  addToLeaveOutList, applyLeaveOut, leaveOutLine, leaveOutListOf, parseLeaveOutList, readLeaveOutList, unknownLeaveOutPhotos,
} from '../../../../src/dataset/quarantine';
import type { PhotoFolder } from '../../../../src/dataset/scan';

const folder: PhotoFolder = {
  root: 'photos', photoCount: 4, ignoredFiles: 0, emptyFolders: ['zoe'], problems: [],
  identities: [{ name: 'ann', photos: ['1.jpg', '2.jpg'] }, { name: 'bob', photos: ['1.jpg'] }, { name: 'cy', photos: ['3.png'] }],
};
const listOf = (...photos: string[]) => ({ file: 'list.txt', photos: new Set(photos) });

describe('a list of photos to leave out', () => {
  it('is read with remarks, blank lines, Windows line ends and quoted names', () => {
    const text = '\uFEFF# heading\r\n\r\nann/1.jpg\t# blurred\r\n  bob/a b.jpg  # two faces\ncy/c#4.jpg\n"dea/# 1.jpg" # odd\n"e\\"f/1.jpg"\n';
    assert.deepEqual([...parseLeaveOutList(text, 'list.txt')], ['ann/1.jpg', 'bob/a b.jpg', 'cy/c#4.jpg', 'dea/# 1.jpg', 'e"f/1.jpg']);
  });

  it('gives back every name that was written into it', () => {
    const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }).map((text) => text.replaceAll('/', '_'));
    fc.assert(fc.property(name, name, fc.string(), (person, file, reason) => {
      const photo = `${person}/${file}`;
      assert.deepEqual([...parseLeaveOutList(leaveOutLine({ photo, reason }), 'list.txt')], [photo]);
    }), { numRuns: 500 });
  });

  it('names the line that is wrong', () => {
    const refusal = (line: number) => (error: unknown) => error instanceof UserError && error.message === `Line ${line} of list.txt names no photo.`;
    assert.throws(() => parseLeaveOutList('ann/1.jpg\nbob', 'list.txt'), refusal(2));
    assert.throws(() => parseLeaveOutList('"ann/1.jpg', 'list.txt'), refusal(1));
    assert.throws(() => parseLeaveOutList('"ann/1.jpg" bob/2.jpg', 'list.txt'), refusal(1));
    assert.throws(() => parseLeaveOutList('\n"\\q/1.jpg"', 'list.txt'), refusal(2));
    assert.throws(() => parseLeaveOutList('a/b/c.jpg', 'list.txt'), refusal(1));
  });

  it('takes photos, and people without any left, out of a folder', () => {
    const left = applyLeaveOut(folder, listOf('ann/2.jpg', 'bob/1.jpg', 'ann/3.png'));
    assert.deepEqual(left.identities, [{ name: 'ann', photos: ['1.jpg'] }, { name: 'cy', photos: ['3.png'] }]);
    assert.deepEqual([left.photoCount, left.emptyFolders, left.root], [2, ['zoe', 'bob'], 'photos']);
    assert.equal(folder.photoCount, 4);
    assert.deepEqual(applyLeaveOut(folder, listOf()).identities, folder.identities);
  });

  it('says when nothing is left, and which names are unknown', () => {
    assert.throws(() => applyLeaveOut(folder, listOf('ann/1.jpg', 'ann/2.jpg', 'bob/1.jpg', 'cy/3.png')), /list\.txt leaves out all 4 photos of photos/u);
    assert.deepEqual(unknownLeaveOutPhotos(folder, listOf('ann/1.jpg', 'ann/9.jpg', 'dan/1.jpg')), ['ann/9.jpg', 'dan/1.jpg']);
  });
});

describe('lists on disk', () => {
  let root = '';
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'quarantine-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('are found in the photo folder unless another is named', async () => {
    assert.equal(await leaveOutListOf(root), undefined);
    await writeFile(path.join(root, 'leave-out.txt'), 'ann/1.jpg\n');
    await writeFile(path.join(root, 'mine.txt'), 'bob/1.jpg\n');
    assert.deepEqual([...((await leaveOutListOf(root))?.photos ?? [])], ['ann/1.jpg']);
    assert.deepEqual([...((await leaveOutListOf(root, path.join(root, 'mine.txt')))?.photos ?? [])], ['bob/1.jpg']);
    await assert.rejects(leaveOutListOf(root, path.join(root, 'none.txt')), UserError);
    await mkdir(path.join(root, 'folder.txt'));
    await assert.rejects(readLeaveOutList(path.join(root, 'folder.txt')), /folder\.txt cannot be read/u);
  });

  it('keep what people wrote when photos are added', async () => {
    const file = path.join(root, 'new', 'list.txt');
    const entries = [{ photo: 'ann/1.jpg', reason: 'blurred' }, { photo: 'bob/a #2.jpg', reason: 'two\nlines' }];
    assert.equal(await addToLeaveOutList(file, 'First.', entries), 2);
    assert.equal(await readFile(file, 'utf8'), '# First.\nann/1.jpg\t# blurred\n"bob/a #2.jpg"\t# two lines\n');
    await writeFile(file, '# my own remark\nann/1.jpg   # keep this remark');
    assert.equal(await addToLeaveOutList(file, 'Second.', entries), 1);
    assert.equal(await readFile(file, 'utf8'), '# my own remark\nann/1.jpg   # keep this remark\n# Second.\n"bob/a #2.jpg"\t# two lines\n');
    assert.equal(await addToLeaveOutList(file, 'Third.', entries), 0);
    assert.doesNotMatch(await readFile(file, 'utf8'), /Third/u);
  });

  it('say that nothing was found', async () => {
    const file = path.join(root, 'empty.txt');
    assert.equal(await addToLeaveOutList(file, 'Nothing.', []), 0);
    assert.equal((await readLeaveOutList(file)).photos.size, 0);
  });
});
