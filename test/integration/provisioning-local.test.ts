import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { CancelledError, UserError } from '../../src/base/user-error';
import { libraryNames } from '../../src/engine/engine-folder';
import { readChecksums, verifyChecksums } from '../../src/engine/provisioning/checksums';
import { fakeLibrary, fakeOfficialArchive, fakeWheel, wheelName } from '../support/provisioning/fake-tensorflow';
import { ProvisioningBench, assertNative, whyOf } from '../support/provisioning/provisioning-bench';

const skip = process.platform === 'linux' ? false : 'uses shell scripts and the file names of Linux';
const archivePath = '/archives/library.tar.gz';
let bench: ProvisioningBench;
beforeEach(async () => (bench = await ProvisioningBench.open()));
afterEach(() => bench.close());

/** A folder with fake libraries. */
async function libraryFolder(name: string, text = 'good'): Promise<string> {
  const folder = path.join(bench.root, name);
  await mkdir(folder, { recursive: true });
  for (const library of libraryNames()) await writeFile(path.join(folder, library), fakeLibrary(text, 1000));
  return folder;
}

/** Puts a program named python3 on the PATH of the bench. `$DEST` in the script is pip's --dest folder. */
async function fakePython(script: string): Promise<NodeJS.ProcessEnv> {
  const programs = path.join(bench.root, 'programs');
  await mkdir(programs, { recursive: true });
  const parse = 'ALL="$*"; while [ $# -gt 0 ]; do [ "$1" = --dest ] && DEST="$2"; shift; done';
  await writeFile(path.join(programs, 'python3'), `#!/bin/sh\n${parse}\ncase "$ALL" in *"pip --version"*) exit 0;; esac\n${script}\n`);
  await chmod(path.join(programs, 'python3'), 0o755);
  return { ...bench.env, PATH: `${programs}:/usr/bin:/bin` };
}

test('TF_LIB_DIR is used in place', async () => {
  const folder = await libraryFolder('lib-dir');
  const record = await bench.run({ env: { ...bench.env, TF_LIB_DIR: folder }, allowDownload: false });
  assert.equal(record.step, 'configured');
  assert.equal(record.libraryPath, folder);
  assert.deepEqual(await bench.files(), ['engine/checksums.json', 'engine/engine.json']);
  await bench.run({ env: bench.env, allowDownload: false });
  assert.equal(bench.probed.length, 1);
});

test('a folder that the user names must work', async () => {
  const good = await libraryFolder('good');
  const broken = await libraryFolder('broken', 'bad');
  assert.equal((await bench.run({ libraryPath: good })).libraryPath, good);
  await assert.rejects(bench.run({ libraryPath: broken }), (error: unknown) => error instanceof UserError && /crashed/.test(error.message));
  await assert.rejects(bench.run({ libraryPath: path.join(bench.root, 'nowhere') }), /does not hold/);
  assert.equal((await bench.run()).libraryPath, good);
});

test('TensorFlow of a Python on PATH is used in place; one without TensorFlow is not', { skip }, async () => {
  const folder = await libraryFolder('site-packages/tensorflow');
  const record = await bench.run({ order: ['python'], env: await fakePython(`echo ${folder}`) });
  assert.equal(record.libraryPath, folder);
  const none = await bench.run({ order: ['python'], env: await fakePython('echo ""') });
  assert.match(whyOf(none, 'python'), /not installed for the Python/);
  assert.match(whyOf(await bench.run({ order: ['python'] }), 'python'), /no Python 3 on PATH/);
});

test('pip gives a wheel; the libraries of it are kept and the rest is removed', { skip }, async () => {
  await writeFile(path.join(bench.root, 'wheel'), fakeWheel());
  const env = await fakePython(`cp '${bench.root}/wheel' "$DEST/${wheelName()}"`);
  const record = await bench.run({ order: ['pip'], env });
  assert.equal(record.step, 'pip');
  assert.deepEqual(await bench.files(), ['engine/checksums.json', 'engine/engine.json', ...libraryNames().map((name) => `engine/${name}`)].sort());
});

test('pip is asked for other Pythons when the local one has no wheel', { skip }, async () => {
  await writeFile(path.join(bench.root, 'wheel'), fakeWheel());
  const env = await fakePython(`case "$ALL" in *"--python-version 312"*) cp '${bench.root}/wheel' "$DEST/${wheelName()}"; exit 0;; esac\necho 'ERROR: No matching distribution found' >&2; exit 1`);
  assertNative(await bench.run({ order: ['pip'], env }));
});

test('pip without network is asked once; its reason is kept', { skip }, async () => {
  const env = await fakePython(`echo asked >> '${bench.root}/asked'\necho "WARNING: NewConnectionError: Failed to establish" >&2\necho "ERROR: No matching distribution found for tensorflow" >&2; exit 1`);
  const record = await bench.run({ order: ['pip'], env });
  assert.match(whyOf(record, 'pip'), /did not reach its package index \(No matching distribution/);
  assert.equal(await readFile(path.join(bench.root, 'asked'), 'utf8'), 'asked\n');
});

test('a pip that hangs is ended by its limit, and by a cancel', { skip, timeout: 120_000 }, async () => {
  const env = await fakePython(`echo half > "$DEST/half"\nexec sleep 60`);
  assert.match(whyOf(await bench.run({ order: ['pip'], env, timeouts: { pipMs: 300 } }), 'pip'), /did not finish within 0\.3 s/);
  const abort = new AbortController();
  const cancelled = bench.run({ order: ['pip'], env, signal: abort.signal, progress: { report: ({ done }) => void (done > 0 && abort.abort()) } });
  await assert.rejects(cancelled, CancelledError);
  assert.deepEqual(await bench.files(), ['engine/engine.json']);
});

test('a wheel or an archive that the user brings is installed without network', { skip }, async () => {
  for (const [name, data] of Object.entries({ 'a.whl': fakeWheel(), 'b.tar.gz': fakeOfficialArchive() })) {
    const file = path.join(bench.root, name);
    await writeFile(file, data);
    const record = await bench.run({ fromFile: file, allowDownload: false });
    assert.equal(record.step, 'file');
    assert.equal(record.libraryPath, bench.folder);
  }
  const text = path.join(bench.root, 'notes.txt');
  await writeFile(text, 'not an archive');
  await assert.rejects(bench.run({ fromFile: text }), (error: unknown) => error instanceof UserError && /neither a wheel/.test(error.message));
  await assert.rejects(bench.run({ fromFile: path.join(bench.root, 'absent') }), /cannot be read \(ENOENT\)/);
});

test('a library that does not run is not kept, and the next way is tried', { skip }, async () => {
  bench.server.routes.set(archivePath, { data: fakeOfficialArchive(fakeLibrary('broken')) });
  await writeFile(path.join(bench.root, 'wheel'), fakeWheel());
  const env = await fakePython(`cp '${bench.root}/wheel' "$DEST/${wheelName()}"`);
  const record = await bench.run({ order: ['existing', 'archive', 'pip'], env });
  assert.equal(record.step, 'pip');
  assert.match(whyOf(record, 'archive'), /does not run: .* crashed/);
});

test('without any way the fallback is recorded with one line for each', async () => {
  const record = await bench.run({ allowDownload: false });
  assert.equal(record.kind, 'wasm');
  assert.deepEqual(record.tried.map((each) => each.step), ['existing', 'configured', 'python', 'archive', 'index', 'pip']);
  for (const { why } of record.tried) assert.ok(!why.includes('\n') && why.length <= 240);
  assert.equal(whyOf(record, 'pip'), 'downloads are switched off');
  const folder = await libraryFolder('later');
  const env = { ...bench.env, TF_LIB_DIR: folder };
  assert.equal((await bench.run({ env, allowDownload: false, keepFallbackMs: 60_000 })).kind, 'wasm');
  assertNative(await bench.run({ env, allowDownload: false }));
});

test('reinstall keeps an engine that works when nothing new is to be had', { skip }, async () => {
  bench.server.routes.set(archivePath, { data: fakeOfficialArchive() });
  await bench.run({ order: ['existing', 'archive'] });
  assert.equal((await bench.run({ order: ['existing', 'archive'], reinstall: true })).step, 'archive');
  bench.server.routes.delete(archivePath);
  const kept = await bench.run({ order: ['existing', 'archive'], reinstall: true });
  assert.equal(kept.step, 'existing');
  assert.match(whyOf(kept, 'archive'), /404/);
});

test('a disk that is too full is said before any download', async () => {
  const run = bench.run({ order: ['archive'], freeDiskBytes: () => Promise.resolve(0.4e9) });
  await assert.rejects(run, (error: unknown) => error instanceof UserError && /needs 1\.2 GB in .*, where 0\.4 GB are free/.test(error.message));
  assert.equal(bench.server.requests.length, 0);
  assert.deepEqual(await bench.files(), []);
});

test('two at once: one works, the other waits and takes the result', { skip }, async () => {
  bench.server.routes.set(archivePath, { data: fakeOfficialArchive() });
  const waits: string[] = [];
  const progress = { report: ({ label }: { label: string }) => void (label.startsWith('Waiting') && waits.push(label)) };
  const records = await Promise.all([bench.run({ order: ['existing', 'archive'], progress }), bench.run({ order: ['existing', 'archive'], progress })]);
  assert.deepEqual(records[0], records[1]);
  assert.equal(bench.server.requests.length, 1);
  assert.equal(bench.probed.length, 1);
  assert.match(waits[0] ?? '', new RegExp(`process ${process.pid}`));
});

test('verification by SHA-256 finds a library that was changed behind the back of its time stamp', async () => {
  const folder = await libraryFolder('engine');
  await bench.run({ order: ['existing'] });
  const checksums = await readChecksums(folder);
  assert.ok(checksums);
  const names: string[] = [];
  await verifyChecksums(checksums, (name) => names.push(name), new AbortController().signal);
  assert.deepEqual(names, [...libraryNames()]);
  await writeFile(path.join(folder, libraryNames()[0] ?? ''), fakeLibrary('good', 1000));
  await assert.rejects(verifyChecksums(checksums, () => undefined, new AbortController().signal), (error: unknown) => error instanceof UserError && error.message.includes(libraryNames()[0] ?? ''));
});
