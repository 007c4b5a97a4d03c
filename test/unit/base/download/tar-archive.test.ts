import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { unpackTarGz } from '../../../../src/base/download/tar-archive';
import { tarGzOf } from '../../../support/provisioning/fake-archives';

let folder = '';
before(async () => (folder = await mkdtemp(path.join(tmpdir(), 'tar-archive-'))));
after(() => rm(folder, { recursive: true, force: true }));

const options = { signal: new AbortController().signal, onProgress: () => undefined };

/** Contents of the members that `wanted` names. */
async function unpack(archive: Buffer, wanted: readonly string[]): Promise<(Buffer | undefined)[]> {
  const file = path.join(folder, 'archive.tar.gz');
  await writeFile(file, archive);
  await unpackTarGz(file, (name) => (wanted.includes(name) ? path.join(folder, `member-${wanted.indexOf(name)}`) : undefined), options);
  const contents = await Promise.all(wanted.map((_name, index) => readFile(path.join(folder, `member-${index}`)).catch(() => undefined)));
  await Promise.all(wanted.map((_name, index) => rm(path.join(folder, `member-${index}`), { force: true })));
  return contents;
}

test('chosen members come back, whatever lies between them', async () => {
  const files = fc.uniqueArray(
    fc.record({ path: fc.stringMatching(/^[a-z]{1,20}\/[a-z]{1,20}$/), data: fc.uint8Array({ minLength: 1, maxLength: 3000 }).map((bytes) => Buffer.from(bytes)) }),
    { minLength: 1, maxLength: 6, selector: (file) => file.path },
  );
  await fc.assert(
    fc.asyncProperty(files, async (all) => {
      const wanted = all.filter((_file, index) => index % 2 === 0);
      assert.deepEqual(
        await unpack(tarGzOf(all), wanted.map((file) => file.path)),
        wanted.map((file) => file.data),
      );
    }),
    { numRuns: 40 },
  );
});

test('links and empty files are no libraries', async () => {
  const archive = tarGzOf([
    { path: 'lib/link', data: Buffer.from('ignored'), linkTo: 'file' },
    { path: 'lib/empty', data: Buffer.alloc(0) },
    { path: 'lib/file', data: Buffer.from('content') },
  ]);
  assert.deepEqual(await unpack(archive, ['lib/link', 'lib/empty', 'lib/file']), [undefined, undefined, Buffer.from('content')]);
});

test('an archive that ends early, or with a damaged header, is refused', async () => {
  const archive = tarGzOf([{ path: 'lib/file', data: Buffer.alloc(5000, 7) }]);
  await assert.rejects(unpack(archive.subarray(0, archive.length - 20), ['lib/file']), { code: 'Z_BUF_ERROR' });
  const plain = gunzipSync(archive);
  await assert.rejects(unpack(gzipSync(plain.subarray(0, 3000)), ['lib/file']), /ends early/);
  const damaged = Buffer.from(plain);
  damaged[3] = 0x21;
  await assert.rejects(unpack(gzipSync(damaged), ['lib/file']), /damaged/);
});

test('an archive of the tar program is understood', async (t) => {
  if (spawnSync('tar', ['--version']).status !== 0) return t.skip('there is no tar program');
  await mkdir(path.join(folder, 'made', 'lib'), { recursive: true });
  await writeFile(path.join(folder, 'made', 'lib', 'file'), 'made by tar');
  assert.equal(spawnSync('tar', ['-czf', 'made.tar.gz', '-C', 'made', './lib'], { cwd: folder }).status, 0);
  assert.deepEqual(await unpack(await readFile(path.join(folder, 'made.tar.gz')), ['./lib/file']), [Buffer.from('made by tar')]);
});
