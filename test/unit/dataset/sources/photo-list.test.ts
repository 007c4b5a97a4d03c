import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { UserError } from '../../../../src/base/user-error';
import { openPhotoSource } from '../../../../src/dataset/sources/open-photo-source';
import { pickleTexts } from './pickle-writer';

let root = '';
beforeEach(async () => {
  root = path.join(await mkdtemp(path.join(tmpdir(), 'list-')), 'photos');
  await put('0000045/001.jpg', '0000045/002.jpg', '0000099/001.jpg', 'mixed/a b.png', 'mixed/c.png');
});
afterEach(() => rm(path.dirname(root), { recursive: true, force: true }));

async function put(...names: string[]): Promise<void> {
  for (const name of names) {
    await mkdir(path.dirname(path.join(root, name)), { recursive: true });
    await writeFile(path.join(root, name), '');
  }
}

async function list(content: string | Buffer): Promise<string> {
  const file = path.join(root, 'list.txt');
  await writeFile(file, content);
  return file;
}

function refusal(text: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof UserError && text.test(`${error.message} ${error.action}`);
}

describe('list of photos', () => {
  it('reads the cleaned list of the original project', async () => {
    const source = await openPhotoSource(await list('0000099\\001.jpg 10\r\n0000045\\002.jpg 2\r\n0000045\\001.jpg 2\r\n'));
    assert.equal(source.kind, 'list');
    assert.equal(source.root, root);
    assert.deepEqual(source.identities, [
      { name: '0000045', label: 2, photos: ['0000045/001.jpg', '0000045/002.jpg'] },
      { name: '0000099', label: 10, photos: ['0000099/001.jpg'] },
    ]);
    assert.equal(source.photoCount, 3);
    assert.deepEqual(source.remarks, []);
  });

  it('reads a data list with blanks in paths, absolute paths, remarks and names as labels', async () => {
    const source = await openPhotoSource(await list(`# made by hand\n\nmixed/a b.png Ann\n${path.join(root, 'mixed', 'c.png')}\t7\n`));
    assert.deepEqual(source.identities, [{ name: 'label 7', label: 7, photos: ['mixed/c.png'] }, { name: 'Ann', label: 1, photos: ['mixed/a b.png'] }]);
  });

  it('reads the pickled data list of the original project', async () => {
    const source = await openPhotoSource(await list(pickleTexts([[path.join(root, '0000045/001.jpg'), '0'], [path.join(root, 'mixed/a b.png'), '1']])));
    assert.deepEqual(source.identities.map(({ name, photos }) => [name, photos]), [['0000045', ['0000045/001.jpg']], ['mixed', ['mixed/a b.png']]]);
  });

  it('takes names from labels.csv beside the list, or another', async () => {
    await writeFile(path.join(root, 'labels.csv'), 'label,name\n2,Ann\n');
    const file = await list('0000045/001.jpg 2\n0000099/001.jpg 3\n');
    assert.deepEqual((await openPhotoSource(file)).identities.map(({ name }) => name), ['Ann', '0000099']);
    const other = path.join(root, 'other.csv');
    await writeFile(other, 'label,name\n3,Bob\n');
    assert.deepEqual((await openPhotoSource(file, { labels: other })).identities.map(({ name }) => name), ['0000045', 'Bob']);
    await assert.rejects(openPhotoSource(file, { labels: `${other}x` }), refusal(/other\.csvx does not exist/));
  });

  it('finds the photos in another folder than that of the list', async () => {
    const file = path.join(path.dirname(root), 'elsewhere.txt');
    await writeFile(file, '0000045/001.jpg 0\n');
    await assert.rejects(openPhotoSource(file), refusal(/0000045\/001.jpg \(line 1\) does not exist.*--root/));
    assert.equal((await openPhotoSource(file, { root })).photoCount, 1);
  });

  it('leaves out, with the line, what leads out of the root, is missing, twice or no photo', async () => {
    await mkdir(path.join(root, 'folder.jpg'));
    const entries = ['0000045/001.jpg 1', '../secret.jpg 1', '/etc/passwd.jpg 1', '0000045/001.jpg 2', 'none.jpg 1', 'list.txt 1', 'folder.jpg 1', 'a/../../x.jpg 1', 'D:\\x.jpg 1'];
    const { identities, remarks } = await openPhotoSource(await list(entries.join('\n')));
    assert.deepEqual(identities.map(({ photos }) => photos), [['0000045/001.jpg']]);
    const reasons = ['lies outside', 'lies outside', 'is listed twice', 'does not exist', 'is no photo', 'is a folder', 'lies outside', process.platform === 'win32' ? '' : 'lies outside'];
    reasons.forEach((reason, i) => assert.match(remarks[i] ?? '', new RegExp(`\\(line ${i + 2}\\) .*${reason}`)));
  });

  it('follows no link out of the root', { skip: process.platform === 'win32' && 'links need rights on Windows' }, async () => {
    const outside = path.join(path.dirname(root), 'outside');
    await mkdir(outside);
    await writeFile(path.join(outside, 'x.jpg'), '');
    await symlink(outside, path.join(root, 'linked'));
    await symlink(path.join(outside, 'x.jpg'), path.join(root, 'x.jpg'));
    await symlink(path.join(root, '0000045'), path.join(root, 'inside'));
    const { identities, remarks } = await openPhotoSource(await list('linked/x.jpg 0\nx.jpg 0\ninside/001.jpg 0\n'));
    assert.deepEqual(identities.map(({ photos }) => photos), [['inside/001.jpg']]);
    assert.deepEqual(remarks.map((remark) => /is a link that leaves/.test(remark)), [true, true]);
  });

  it('names the line without a label, and unsuitable files', async () => {
    await assert.rejects(openPhotoSource(await list('0000045/001.jpg 1\nlonely.jpg\n')), refusal(/Line 2 of .*list.txt has no label/));
    await assert.rejects(openPhotoSource(await list('# nothing\n')), refusal(/lists no usable photo/));
    await assert.rejects(openPhotoSource(await list(Buffer.from([0x80, 4, 0x88, 0x2e]))), refusal(/it holds no list/));
    await assert.rejects(openPhotoSource(path.join(root, 'none.txt')), refusal(/none.txt does not exist/));
  });

  it('only counts remarks beyond a hundred', async () => {
    const lines = Array.from({ length: 150 }, (_, i) => `missing${i}.jpg 0`);
    const { remarks } = await openPhotoSource(await list(['0000045/001.jpg 0', ...lines].join('\n')));
    assert.equal(remarks.length, 101);
    assert.equal(remarks.at(-1), '50 more entries were left out');
  });
});

describe('folders', () => {
  it('are a source, with known landmarks and what was passed over', async () => {
    await mkdir(path.join(root, 'mixed', 'd.jpg'));
    const points = [[1, 2], [3, 4], [5, 6], [7, 8], [9, 10]];
    await writeFile(path.join(root, 'landmarks.jsonl'), `${JSON.stringify({ photo: 'mixed/c.png', landmarks: points })}\n`);
    const source = await openPhotoSource(root);
    assert.equal(source.kind, 'folders');
    assert.deepEqual(source.identities[2], { name: 'mixed', label: 2, photos: ['mixed/a b.png', 'mixed/c.png'] });
    assert.deepEqual(source.landmarks.get('mixed/c.png'), points);
    assert.deepEqual(source.remarks, ['mixed/d.jpg is a folder with the name of a photo']);
  });

  it('are recognised as LFW by their names, with the pairs in or beside them', async () => {
    await rm(root, { recursive: true });
    await put('Ann_Example/Ann_Example_0001.jpg', 'Bob/Bob_0012.png');
    assert.deepEqual([(await openPhotoSource(root)).kind, (await openPhotoSource(root)).pairsFile], ['lfw', undefined]);
    const pairs = path.join(path.dirname(root), 'pairs.txt');
    await writeFile(pairs, '');
    assert.equal((await openPhotoSource(root)).pairsFile, pairs);
    await put('Bob/portrait.jpg');
    assert.equal((await openPhotoSource(root)).kind, 'folders');
  });
});
