import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { UserError } from '../../../src/base/user-error';
import { compareCodePoints, describeProblem, requireSeveralIdentities, scanPhotos } from '../../../src/dataset/scan';

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

const withLinks = { skip: process.platform === 'win32' && 'links need rights on Windows' };

/** The super-user may read everything: a process of his becomes an ordinary one meanwhile. */
async function withoutPrivilege(body: () => Promise<void>): Promise<void> {
  const isPrivileged = process.geteuid?.() === 0;
  if (isPrivileged) process.seteuid?.(65_534);
  try {
    await body();
  } finally {
    if (isPrivileged) process.seteuid?.(0);
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

  it('follows links within the root and passes over broken ones', withLinks, async () => {
    await put('real/1.jpg');
    await symlink(path.join(root, 'real'), path.join(root, 'linked'));
    await symlink(path.join(root, 'nowhere'), path.join(root, 'broken'));
    const { identities, problems } = await scanPhotos(root);
    assert.deepEqual(identities.map(({ name }) => name), ['linked', 'real']);
    assert.deepEqual(problems, [{ path: 'broken', kind: 'link-broken' }]);
  });

  it('reports links that leave the root and does not follow them', withLinks, async () => {
    await put('photos/a/1.jpg', 'photos/b/1.jpg', 'outside/secret.jpg');
    const photos = path.join(root, 'photos');
    await symlink(path.join(root, 'outside'), path.join(photos, 'c'));
    await symlink('../../outside/secret.jpg', path.join(photos, 'a', '2.jpg'));
    const { identities, photoCount, problems } = await scanPhotos(photos);
    assert.deepEqual(identities.map(({ name }) => name), ['a', 'b']);
    assert.equal(photoCount, 2);
    assert.deepEqual(problems.map(describeProblem), ['a/2.jpg is a link that leaves the photo folder', 'c is a link that leaves the photo folder']);
  });

  it('takes a root that is a link itself', withLinks, async () => {
    await put('real/a/1.jpg');
    await symlink(path.join(root, 'real'), path.join(root, 'link'));
    assert.equal((await scanPhotos(path.join(root, 'link'))).photoCount, 1);
  });

  it('ends in loops of links', withLinks, async () => {
    await put('a/1.jpg');
    await symlink(root, path.join(root, 'self'));
    await symlink('2.jpg', path.join(root, 'a', '2.jpg'));
    await symlink(path.join(root, 'y'), path.join(root, 'x'));
    await symlink(path.join(root, 'x'), path.join(root, 'y'));
    const { identities, problems } = await scanPhotos(root);
    assert.deepEqual(identities, [{ name: 'a', photos: ['1.jpg'] }]);
    assert.deepEqual(problems, [
      { path: 'a/2.jpg', kind: 'link-broken' }, { path: 'self', kind: 'link-to-parent' },
      { path: 'x', kind: 'link-broken' }, { path: 'y', kind: 'link-broken' },
    ]);
  });

  it('reports a folder that is called like a photo', async () => {
    await put('a/x.jpg/1.jpg', 'a/y.jpg', 'b.jpg/1.jpg');
    const { identities, problems } = await scanPhotos(root);
    assert.deepEqual(identities, [{ name: 'a', photos: ['y.jpg'] }, { name: 'b.jpg', photos: ['1.jpg'] }]);
    assert.deepEqual(problems, [{ path: 'a/x.jpg', kind: 'folder-named-as-photo' }]);
  });

  it('reports names that are not UTF-8', { skip: process.platform !== 'linux' && 'only Linux has such names' }, async () => {
    await put('a/1.jpg', 'ü/1.jpg');
    const latin1 = (name: string): Buffer => Buffer.concat([Buffer.from(`${root}/`), Buffer.from(name, 'latin1')]);
    mkdirSync(latin1('M\u00fcller'));
    writeFileSync(latin1('M\u00fcller/1.jpg'), '');
    writeFileSync(latin1('a/\u00fc.jpg'), '');
    const { identities, problems } = await scanPhotos(root);
    assert.deepEqual(identities, [{ name: 'a', photos: ['1.jpg'] }, { name: 'ü', photos: ['1.jpg'] }]);
    assert.deepEqual(problems, [{ path: 'M\uFFFDller', kind: 'name-not-utf8' }, { path: 'a/\uFFFD.jpg', kind: 'name-not-utf8' }]);
    await rm(path.join(root, 'a'), { recursive: true });
    await rm(path.join(root, 'ü'), { recursive: true });
    await assert.rejects(scanPhotos(root), (error) => error instanceof UserError && /holds no photos that can be used: M\uFFFDller has a name that is not UTF-8/.test(error.message));
  });

  it('passes over folders that it may not read', { skip: process.platform === 'win32' && 'Windows has other rights' }, async () => {
    await put('a/1.jpg', 'b/1.jpg');
    await chmod(root, 0o755);
    await chmod(path.join(root, 'b'), 0o000);
    await withoutPrivilege(async () => {
      const { identities, problems } = await scanPhotos(root);
      assert.deepEqual(identities.map(({ name }) => name), ['a']);
      assert.deepEqual(problems, [{ path: 'b', kind: 'folder-unreadable' }]);
    });
    await chmod(root, 0o000);
    try {
      await withoutPrivilege(() => assert.rejects(scanPhotos(root), (error) => error instanceof UserError && /permission denied/.test(error.message)));
    } finally {
      await chmod(root, 0o700);
      await chmod(path.join(root, 'b'), 0o700);
    }
  });

  it('keeps the order where many folders are read at once', async () => {
    const names = Array.from({ length: 1000 }, (_, i) => `p${String((i * 617) % 1000).padStart(4, '0')}`);
    await put(...names.map((name) => `${name}/1.jpg`));
    assert.deepEqual((await scanPhotos(root)).identities.map(({ name }) => name), [...names].sort());
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
