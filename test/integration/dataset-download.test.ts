import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { SeededRandom } from '../../src/base/random';
import { CancelledError, UserError } from '../../src/base/user-error';
import { downloadPhotoSet, type DownloadPhotoSetOptions } from '../../src/dataset/sources/download-photo-set';
import { publicPhotoSets, type PublicPhotoSet } from '../../src/dataset/sources/public-sets';
import { sha256Of, tarGzOf } from '../support/provisioning/fake-archives';
import { startFileServer, type FileServer } from '../support/provisioning/file-server';

let folder = '';
let server: FileServer;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'download-'));
  server = await startFileServer();
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

function noise(seed: number): Buffer {
  const random = new SeededRandom(seed);
  return Buffer.from(Array.from({ length: 20_000 }, () => random.below(256)));
}

const photos = [1, 2, 3].map((i) => ({ path: `lfw/${i < 3 ? 'Ann_Example' : 'Bob'}/photo_000${i}.jpg`, data: noise(i) }));
const archive = tarGzOf([...photos, { path: 'lfw/readme.txt', data: Buffer.from('hello') }]);
const pairs = Buffer.from('1\t1\n');

/** The set on the local server. */
function localSet(change: Partial<PublicPhotoSet> = {}, content = archive): PublicPhotoSet {
  server.routes.set('/lfw.tgz', { data: content, etag: '"1"' });
  server.routes.set('/pairs.txt', { data: pairs });
  return {
    title: 'a set', terms: 'none', identities: 2, photos: 3, unpackedBytes: 100_000,
    archive: { urls: [`${server.url}/gone.tgz`, `${server.url}/lfw.tgz`], sha256: sha256Of(content), sizeBytes: content.length },
    pairs: { urls: [`${server.url}/pairs.txt`], sha256: sha256Of(pairs), sizeBytes: pairs.length },
    ...change,
  };
}

function fetchSet(set: PublicPhotoSet, options: Partial<DownloadPhotoSetOptions> = {}): ReturnType<typeof downloadPhotoSet> {
  return downloadPhotoSet(set, { out: path.join(folder, 'lfw'), env: {}, timeouts: { responseMs: 60_000, idleMs: 60_000 }, ...options });
}

function refusal(text: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof UserError && text.test(`${error.message} ${error.action}`);
}

describe('download of a public set', () => {
  it('makes a folder of people with the pairs, by the second address when the first fails', async () => {
    const labels = new Set<string>();
    const made = await fetchSet(localSet(), { progress: { report: ({ label }) => labels.add(label) } });
    assert.deepEqual(made, { photos: path.join(folder, 'lfw'), pairsFile: path.join(folder, 'lfw', 'pairs.txt'), identities: 2, photoCount: 3 });
    assert.deepEqual((await readdir(made.photos)).sort(), ['Ann_Example', 'Bob', 'pairs.txt']);
    assert.deepEqual(await readFile(path.join(made.photos, 'Bob', 'photo_0003.jpg')), photos[2]?.data);
    assert.deepEqual(await readdir(folder), ['lfw'], 'nothing else is left');
    assert.deepEqual([...labels], [`Downloading from 127.0.0.1:${server.port}`, 'Unpacking']);
    await assert.rejects(fetchSet(localSet()), refusal(/exists and is not empty/));
  });

  it('goes on where it was cancelled', async () => {
    const set = localSet();
    server.routes.set('/lfw.tgz', { data: archive, etag: '"1"', stallAfterBytes: 10_000 });
    const abort = new AbortController();
    const progress = { report: ({ done }: { done: number }) => done >= 5000 && abort.abort() };
    await assert.rejects(fetchSet(set, { signal: abort.signal, progress }), CancelledError);
    assert.deepEqual(await readdir(folder), ['.lfw.download'], 'no folder yet');
    server.routes.set('/lfw.tgz', { data: archive, etag: '"1"' });
    await fetchSet(set);
    const ranges = server.requests.filter((request) => request.path === '/lfw.tgz').map(({ range }) => range);
    assert.equal(ranges[0], undefined);
    assert.match(ranges[1] ?? '', /^bytes=[1-9]\d*-$/u);
    assert.deepEqual(await readdir(folder), ['lfw']);
  });

  it('refuses another file than the published one, and fetches it anew next time', async () => {
    const set = localSet();
    server.routes.set('/lfw.tgz', { data: Buffer.concat([archive, Buffer.from('x')]) });
    await assert.rejects(fetchSet(set), refusal(/photos.tgz could not be fetched: .*does not have the file.*has SHA-256/));
    server.routes.set('/lfw.tgz', { data: archive });
    assert.equal((await fetchSet(set)).photoCount, 3);
  });

  it('says when there is no network', async () => {
    const set = localSet();
    await server.close();
    await assert.rejects(fetchSet(set), refusal(/refused the connection.*goes on where it stopped/));
    server = await startFileServer();
  });

  it('asks for room on the disk first', async () => {
    await assert.rejects(fetchSet(localSet(), { freeDiskBytes: () => Promise.resolve(1000) }), refusal(/0\.0 MB free/));
    assert.equal(server.requests.length, 0);
    assert.deepEqual(await readdir(folder), []);
  });

  it('refuses an archive that holds something else, and writes nothing outside of the folder', async () => {
    const evil = tarGzOf([...photos, { path: 'lfw/../evil.jpg', data: Buffer.from('x') }, { path: '../evil/x.jpg', data: Buffer.from('x') }, { path: 'lfw/a\\..\\b/x.jpg', data: Buffer.from('x') }, { path: 'lfw/Bob/link.jpg', data: Buffer.alloc(0), linkTo: '/etc/passwd' }]);
    assert.equal((await fetchSet(localSet({}, evil))).photoCount, 3);
    assert.deepEqual(await readdir(folder), ['lfw']);
    assert.deepEqual((await readdir(path.join(folder, 'lfw'))).sort(), ['Ann_Example', 'Bob', 'pairs.txt']);
    await rm(path.join(folder, 'lfw'), { recursive: true });
    await assert.rejects(fetchSet(localSet({ photos: 4 })), refusal(/holds 3 photos of 2 people instead of 4 of 2/));
    await assert.rejects(fetchSet(localSet({}, Buffer.from('<html>'))), refusal(/it is damaged/));
  });

  it('never replaces a file', async () => {
    await writeFile(path.join(folder, 'lfw'), 'mine');
    await assert.rejects(fetchSet(localSet()), refusal(/is a file/));
  });

  it('knows LFW', () => {
    const { lfw } = publicPhotoSets;
    assert.equal(lfw?.photos, 13_233);
    for (const file of [lfw?.archive, lfw?.pairs]) {
      assert.match(file?.sha256 ?? '', /^[0-9a-f]{64}$/u);
      assert.ok(file?.urls.every((url) => URL.canParse(url)));
    }
  });
});
