import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { UserError } from '../../../src/base/user-error';
import { PhotoLists } from '../../../src/host/explorer/photo-lists';

const words = { heading: 'Left out here.', leaveOut: (n: number) => `out ${n}`, takeBack: (n: number) => `back ${n}`, markChecked: (n: number) => `checked ${n}`, unmarkChecked: (n: number) => `unchecked ${n}` };
let root = '';
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'photo-lists-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const listFile = (): string => path.join(root, 'leave-out.txt');
const entry = (photo: string) => ({ photo, reason: 'by hand' });

describe('PhotoLists', () => {
  test('leaves out and takes back, and undoes to the very text that was there', async () => {
    const lists = new PhotoLists(root, words);
    const own = '# mine\r\nann/1.jpg\r\n';
    await writeFile(listFile(), own);
    await lists.leaveOut([entry('ann/1.jpg'), entry('bob/#2.jpg')]);
    assert.deepEqual([...(await lists.read()).leftOut], ['ann/1.jpg', 'bob/#2.jpg']);
    await lists.takeBack(['ann/1.jpg']);
    assert.deepEqual([...(await lists.read()).leftOut], ['bob/#2.jpg']);
    assert.match(await readFile(listFile(), 'utf8'), /^# mine\r\n# Left out here/);
    assert.equal(lists.undoLabel, 'back 1');
    await lists.undo();
    await lists.undo();
    assert.equal(await readFile(listFile(), 'utf8'), own);
    assert.equal(lists.undoLabel, undefined);
  });

  test('undo removes a list that was not there before', async () => {
    const lists = new PhotoLists(root, words);
    await lists.leaveOut([entry('ann/1.jpg')]);
    await lists.undo();
    assert.equal(existsSync(listFile()), false);
  });

  test('what somebody else wrote since is not overwritten by undo', async () => {
    const lists = new PhotoLists(root, words);
    await lists.leaveOut([entry('ann/1.jpg')]);
    await writeFile(listFile(), 'bob/1.jpg\n');
    await assert.rejects(lists.undo(), UserError);
    assert.equal(await readFile(listFile(), 'utf8'), 'bob/1.jpg\n');
  });

  test('checked photos have a list of their own, and a second mark changes nothing', async () => {
    const lists = new PhotoLists(root, words);
    await lists.markChecked(['ann/1.jpg', 'ann/2.jpg'], true);
    await lists.markChecked(['ann/1.jpg'], true);
    assert.equal(lists.undoLabel, 'checked 2');
    await lists.markChecked(['ann/2.jpg'], false);
    assert.deepEqual([...(await lists.read()).checked], ['ann/1.jpg']);
    assert.equal(existsSync(listFile()), false);
  });
});
