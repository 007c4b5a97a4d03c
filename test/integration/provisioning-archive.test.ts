import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { silentProgress, type ProgressReporter } from '../../src/base/progress';
import { CancelledError } from '../../src/base/user-error';
import { libraryNames } from '../../src/engine/engine-folder';
import { archiveStep } from '../../src/engine/provisioning/archive-step';
import { HttpClient } from '../../src/base/download/http-client';
import { defaultTimeouts, type StepContext } from '../../src/engine/provisioning/provisioning-step';
import { sha256Of, tarGzOf, zipOf } from '../support/provisioning/fake-archives';
import { fakeLibrary, fakeOfficialArchive } from '../support/provisioning/fake-tensorflow';
import { ProvisioningBench, assertNative, shortIdle, shortResponse, whyOf } from '../support/provisioning/provisioning-bench';

const archivePath = '/archives/library.tar.gz';
const part = path.join('engine', 'downloads', 'library.tar.gz.part');
const installed = ['engine/checksums.json', 'engine/engine.json', ...libraryNames().map((name) => `engine/${name}`)].sort();
const skip = process.platform === 'linux' ? false : 'the fake archive has the file names of Linux';

let bench: ProvisioningBench;
beforeEach(async () => (bench = await ProvisioningBench.open()));
afterEach(() => bench.close());

function install(options: Parameters<ProvisioningBench['run']>[0] = {}): ReturnType<ProvisioningBench['run']> {
  return bench.run({ order: ['existing', 'archive'], ...options });
}

/** Aborts as soon as a good part has arrived. */
function cancelWhileDownloading(): { signal: AbortSignal; progress: ProgressReporter } {
  const abort = new AbortController();
  const progress: ProgressReporter = { report: ({ label, done }) => void (label.startsWith('Downloading') && done > 200_000 && abort.abort()) };
  return { signal: abort.signal, progress };
}

test('the archive is fetched, unpacked under the names of the binding, probed and recorded', { skip }, async () => {
  const library = fakeLibrary();
  bench.server.routes.set(archivePath, { data: fakeOfficialArchive(library), etag: '"1"' });
  const record = await install();
  assertNative(record);
  assert.equal(record.step, 'archive');
  assert.equal(record.version, '2.99.0');
  assert.equal(record.libraryPath, bench.folder);
  assert.deepEqual(await bench.files(), installed);
  for (const name of libraryNames()) assert.ok((await readFile(path.join(bench.folder, name))).equals(library));
  assert.equal(whyOf(record, 'existing'), 'nothing is installed yet');
});

test('a second call asks neither server nor probe; a changed library is probed again', { skip }, async () => {
  bench.server.routes.set(archivePath, { data: fakeOfficialArchive() });
  const first = await install();
  assert.deepEqual(await install(), first);
  assert.equal(bench.server.requests.length, 1);
  assert.equal(bench.probed.length, 1);
  const library = path.join(bench.folder, libraryNames()[0] ?? '');
  await writeFile(library, fakeLibrary('good', 10));
  assert.equal((await install()).step, 'existing');
  assert.equal(bench.probed.length, 2);
  await writeFile(library, fakeLibrary('broken'));
  assert.equal((await install()).step, 'archive');
});

test('the archives of Windows (zip) and macOS are unpacked under their names', async () => {
  const library = fakeLibrary('good', 1000);
  bench.server.routes.set('/archives/windows.zip', { data: zipOf([{ path: 'include/c_api.h', data: library }, { path: 'lib/tensorflow.dll', data: library }]) });
  const macLibraries = ['./lib/libtensorflow.2.18.0.dylib', './lib/libtensorflow_framework.2.18.0.dylib'];
  bench.server.routes.set('/archives/mac.tar.gz', { data: tarGzOf(macLibraries.map((name) => ({ path: name, data: library }))) });
  const cases = { win32: 'windows.zip', darwin: 'mac.tar.gz' } as const;
  for (const platform of ['win32', 'darwin'] as const) {
    const http = new HttpClient(bench.env, defaultTimeouts);
    const context: StepContext = {
      env: bench.env, platform, architecture: 'arm64', folder: bench.root, stagingFolder: path.join(bench.root, 'no-programs'), downloadFolder: path.join(bench.root, 'downloads'),
      libraryPath: undefined, fromFile: undefined, indexUrl: undefined, archiveUrl: `${bench.server.url}/archives`, archives: { [`${platform}-arm64`]: { path: cases[platform] } },
      allowDownload: true, http, timeouts: defaultTimeouts, progress: silentProgress, signal: new AbortController().signal, requireDiskSpace: () => Promise.resolve(),
    };
    const folder = await archiveStep.run(context);
    await http.close();
    for (const name of libraryNames(platform)) assert.ok((await readFile(path.join(folder, name))).equals(library), name);
  }
});

test('a known SHA-256 is checked; a wrong file is not kept', { skip }, async () => {
  const data = fakeOfficialArchive();
  bench.server.routes.set(archivePath, { data });
  const run = (sha256: string) => bench.run({ order: ['archive'], archives: { [`${process.platform}-${process.arch}`]: { path: 'library.tar.gz', sha256 } } });
  const record = await run(sha256Of(Buffer.from('something else')));
  assert.equal(record.kind, 'wasm');
  assert.match(whyOf(record, 'archive'), /has SHA-256 [0-9a-f]{12}… instead of [0-9a-f]{12}…/);
  assert.deepEqual(await bench.files(), ['engine/engine.json']);
  assertNative(await run(sha256Of(data)));
});

const pageText = '<!DOCTYPE html><title>Sign in</title>';
const refusals: Record<string, { serve: () => void; why: RegExp; isSilent?: boolean }> = {
  'a web page instead of the archive': { serve: () => bench.server.routes.set(archivePath, { data: Buffer.from(pageText), contentType: 'text/html; charset=utf-8' }), why: /sent a web page instead of the file/ },
  'a web page that calls itself an archive': { serve: () => bench.server.routes.set(archivePath, { data: Buffer.from(pageText) }), why: /is a web page instead of an archive/ },
  'an archive of another kind': { serve: () => bench.server.routes.set(archivePath, { data: Buffer.from('7z¼¯ something') }), why: /neither a wheel, a zip nor a \.tar\.gz/ },
  'an archive that ends early': { serve: () => bench.server.routes.set(archivePath, { data: fakeOfficialArchive().subarray(0, 200_000) }), why: /the archive ends early/ },
  'an archive without the library': { serve: () => bench.server.routes.set(archivePath, { data: tarGzOf([{ path: 'lib/other.so', data: Buffer.from('x') }]) }), why: /does not hold libtensorflow/ },
  'HTTP 403': { serve: () => bench.server.routes.set(archivePath, { status: 403 }), why: /refuses access \(HTTP 403\)/ },
  'HTTP 404': { serve: () => undefined, why: /does not have the file \(HTTP 404\)/ },
  'a server that never answers': { serve: () => bench.server.routes.set(archivePath, { silent: true }), why: /did not answer within 0\.4 s/, isSilent: true },
  'redirects in a circle': { serve: () => bench.server.routes.set(archivePath, { status: 302, location: archivePath }), why: /redirect/ },
};
for (const [name, { serve, why, isSilent }] of Object.entries(refusals)) {
  test(`${name}: a clear reason, and nothing is left behind`, { skip }, async () => {
    serve();
    const record = await install(isSilent === true ? { timeouts: shortResponse } : {});
    assert.equal(record.kind, 'wasm');
    assert.match(whyOf(record, 'archive'), why);
    assert.deepEqual(await bench.files(), ['engine/engine.json']);
    assert.equal(bench.probed.length, 0);
  });
}

test('a port where nobody listens', { skip }, async () => {
  await bench.server.close();
  assert.match(whyOf(await install(), 'archive'), /refused the connection/);
});

test('a redirect is followed', { skip }, async () => {
  bench.server.routes.set(archivePath, { status: 302, location: '/elsewhere/file' });
  bench.server.routes.set('/elsewhere/file', { data: fakeOfficialArchive() });
  assertNative(await install());
});

test('a connection that is cut is taken up again where it broke', { skip }, async () => {
  const data = fakeOfficialArchive();
  bench.server.routes.set(archivePath, { data, etag: '"1"', cutAfterBytes: 250_000 });
  assertNative(await install());
  const [first, ...others] = bench.server.requests.map((request) => request.range);
  assert.equal(first, undefined);
  const starts = others.map((range) => Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1]));
  assert.ok(starts.length >= 2);
  assert.ok(starts.every((start, index) => start > (starts[index - 1] ?? 0)), starts.join());
});

test('a server that falls silent is given up; the next run goes on with the rest', { skip }, async () => {
  const data = fakeOfficialArchive();
  bench.server.routes.set(archivePath, { data, etag: '"1"', stallAfterBytes: 0 });
  assert.match(whyOf(await install({ timeouts: shortIdle }), 'archive'), /stopped sending/);
  bench.server.routes.set(archivePath, { data, etag: '"1"', stallAfterBytes: 100_000 });
  await install({ timeouts: shortIdle });
  assert.ok((await bench.files()).includes(part));
  const have = (await stat(path.join(bench.root, part))).size;
  bench.server.requests.length = 0;
  bench.server.routes.set(archivePath, { data, etag: '"1"' });
  assertNative(await install());
  assert.deepEqual(bench.server.requests.map((request) => request.range), [`bytes=${have}-`]);
  assert.deepEqual(await bench.files(), installed);
});

for (const [name, change] of Object.entries({ 'with validators': { etag: '"2"' }, 'without ranges': { etag: '"1"', withoutRanges: true } })) {
  test(`a download is begun anew when the server's file is another one or comes whole (${name})`, { skip }, async () => {
    bench.server.routes.set(archivePath, { data: fakeOfficialArchive(), etag: '"1"' });
    await assert.rejects(bench.run({ order: ['archive'], ...cancelWhileDownloading() }), CancelledError);
    const library = fakeLibrary();
    bench.server.routes.set(archivePath, { data: fakeOfficialArchive(library), ...change });
    assertNative(await install());
    assert.ok((await readFile(path.join(bench.folder, libraryNames()[1] ?? ''))).equals(library));
  });
}

test('cancel leaves a resumable download and nothing else', { skip }, async () => {
  bench.server.routes.set(archivePath, { data: fakeOfficialArchive(fakeLibrary('good', 3_000_000)), etag: '"1"' });
  await assert.rejects(bench.run({ order: ['archive'], ...cancelWhileDownloading() }), CancelledError);
  assert.deepEqual(await bench.files(), [part, `${part}.json`]);
  assertNative(await install());
  assert.match(bench.server.requests.at(-1)?.range ?? '', /^bytes=[1-9]/);
});

test('a run that is cancelled before it begins does nothing', async () => {
  await assert.rejects(bench.run({ signal: AbortSignal.abort() }), CancelledError);
  assert.deepEqual(await bench.files(), []);
});
