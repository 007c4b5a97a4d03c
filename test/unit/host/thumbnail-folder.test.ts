import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { ThumbnailFolder } from '../../../src/host/explorer/thumbnail-folder';

let root = '';
before(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'thumbnails-'));
});
after(() => rm(root, { recursive: true, force: true }));
afterEach(async () => {
  for (const name of await readdir(root)) await rm(path.join(root, name));
});

const picture = Buffer.alloc(1000);
const make = (file: string): Promise<void> => writeFile(file, picture);
const names = async (): Promise<string> => (await readdir(root)).map((name) => name.replace('.jpg', '')).sort().join('');

/** Pictures a, b, c, ... of 1,000 bytes, the first used least recently. */
async function fill(letters: string): Promise<void> {
  for (const [index, letter] of [...letters].entries()) {
    await make(path.join(root, `${letter}.jpg`));
    await utimes(path.join(root, `${letter}.jpg`), 1000 + index, 1000 + index);
  }
}

describe('ThumbnailFolder', () => {
  test('makes a picture once and gives it again', async () => {
    const folder = new ThumbnailFolder(path.join(root));
    let made = 0;
    const counted = (file: string): Promise<void> => (made++, make(file));
    const [first, second] = [await folder.get('x', {}, counted), await folder.get('x', {}, counted)];
    assert.deepEqual([first, second, made], [path.join(root, 'x.jpg'), first, 1]);
    folder.dispose();
  });

  test('above its limit those that were not used for longest go first', async () => {
    await fill('abcdefghij');
    const folder = new ThumbnailFolder(root, { limitBytes: 10_000, now: () => 2_000_000 });
    await folder.prune();
    assert.equal(await names(), 'abcdefghij', 'at its limit nothing goes');
    const user = {};
    await folder.get('a', user, make);
    folder.release(user);
    await fill('');
    await make(path.join(root, 'k.jpg'));
    await folder.prune();
    assert.equal(await names(), 'adefghijk', 'what was used again is new');
    folder.dispose();
  });

  test('what an open page has been given stays, however old it is, until the page is closed', async () => {
    await fill('abcdefghijkl');
    const folder = new ThumbnailFolder(root, { limitBytes: 3000 });
    const [page, other] = [{}, {}];
    for (const letter of 'abcd') await folder.get(letter, page, make);
    await folder.get('d', other, make);
    await folder.prune();
    assert.equal(await names(), 'abcd');
    folder.release(page);
    await folder.prune();
    assert.equal((await names()).includes('d'), true);
    assert.ok((await names()).length <= 3);
    folder.dispose();
  });

  test('other files and a folder that is not there do no harm', async () => {
    await writeFile(path.join(root, 'notes.txt'), picture);
    const folder = new ThumbnailFolder(root, { limitBytes: 1 });
    await folder.prune();
    assert.deepEqual(await readdir(root), ['notes.txt']);
    await new ThumbnailFolder(path.join(root, 'nowhere')).prune();
    folder.dispose();
  });
});
