import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { UserError } from '../../../src/base/user-error';
import { compareCodePoints, requireSeveralIdentities, scanPhotos } from '../../../src/dataset/scan';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'scan-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function put(...names: string[]): Promise<void> {
  for (const name of names) {
    await mkdir(path.dirname(path.join(root, name)), { recursive: true });
    await writeFile(path.join(root, name), '');
  }
}

describe('scan', () => {
  it('lists identities and photos by code point', async () => {
    await put('b/2.jpg', 'b/10.JPG', 'b/a.webp', 'Z/x.pgm', 'ä/1.avif', 'ä/0.tiff');
    const folder = await scanPhotos(root);
    assert.deepEqual(folder.identities, [
      { name: 'Z', photos: ['x.pgm'] },
      { name: 'b', photos: ['10.JPG', '2.jpg', 'a.webp'] },
      { name: 'ä', photos: ['0.tiff', '1.avif'] },
    ]);
    assert.equal(folder.photoCount, 6);
  });

  it('ignores hidden files, other files and deeper folders', async () => {
    await put('a/1.jpg', 'a/.2.jpg', 'a/notes.txt', 'a/deep/3.jpg', '.hidden/4.jpg', 'landmarks.jsonl', 'b/readme.md');
    const folder = await scanPhotos(root);
    assert.deepEqual(folder.identities, [{ name: 'a', photos: ['1.jpg'] }]);
    assert.equal(folder.ignoredFiles, 2);
    assert.deepEqual(folder.emptyFolders, ['b']);
  });

  it('follows links and passes over broken ones', { skip: process.platform === 'win32' && 'links need rights on Windows' }, async () => {
    await put('real/1.jpg');
    await symlink(path.join(root, 'real'), path.join(root, 'linked'));
    await symlink(path.join(root, 'nowhere'), path.join(root, 'broken'));
    assert.deepEqual((await scanPhotos(root)).identities.map(({ name }) => name), ['linked', 'real']);
  });

  it('explains unsuitable folders', async () => {
    const refusal = (text: RegExp) => (error: unknown) => error instanceof UserError && text.test(`${error.message} ${error.action}`);
    await assert.rejects(scanPhotos(path.join(root, 'none')), refusal(/none does not exist/));
    await assert.rejects(scanPhotos(root), refusal(/holds no photos/));
    await put('1.jpg', '2.jpg');
    await assert.rejects(scanPhotos(root), refusal(/2 photos, but none within a folder of a person/));
    await assert.rejects(scanPhotos(path.join(root, '1.jpg')), refusal(/not a folder/));
  });

  it('holds training to two identities', async () => {
    await put('only/1.jpg');
    const folder = await scanPhotos(root);
    assert.throws(() => requireSeveralIdentities(folder), (error) => error instanceof UserError && /one identity only \("only"\)/.test(error.message));
    await put('other/1.jpg');
    requireSeveralIdentities(await scanPhotos(root));
  });

  it('orders by code point where UTF-16 does not', () => {
    assert.ok(compareCodePoints('\u{1F600}', '\uFF5E') > 0);
    assert.ok('\u{1F600}' < '\uFF5E');
  });
});
