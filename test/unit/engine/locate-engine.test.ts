import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { UserError } from '../../../src/base/user-error';
import type { EngineRecord } from '../../../src/engine/engine-record';
import { engineFolder, engineRecordPath, libraryNames } from '../../../src/engine/engine-folder';
import { locateEngine } from '../../../src/engine/locate-engine';

let root = '';
before(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'locate-engine-'));
});
after(() => rm(root, { recursive: true }));

async function folderWithLibraries(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const name of libraryNames()) await writeFile(path.join(folder, name), '');
  return folder;
}

async function writeRecord(env: NodeJS.ProcessEnv, record: Partial<EngineRecord>): Promise<void> {
  await mkdir(engineFolder(env), { recursive: true });
  const whole = { format: 1, kind: 'native', version: '2.21.0', devices: [], step: 'test', createdAt: '', tried: [], ...record };
  await writeFile(engineRecordPath(env), JSON.stringify(whole));
}

function home(name: string): NodeJS.ProcessEnv {
  return { MOBILEFACENET_ENGINE_HOME: path.join(root, name) };
}

test('nothing installed is a sentence that says what to do', async () => {
  await assert.rejects(locateEngine({}, home('empty')), (error: unknown) =>
    error instanceof UserError && error.message === 'TensorFlow is not installed for this product.' && error.action.includes('mobilefacenet engine install'));
});

test('the order is: option, TF_LIB_DIR, record, own folder', async () => {
  const env = home('order');
  await folderWithLibraries(engineFolder(env));
  assert.deepEqual(await locateEngine({}, env), { kind: 'native', libraryPath: engineFolder(env) });
  const recorded = await folderWithLibraries(path.join(root, 'recorded'));
  await writeRecord(env, { libraryPath: recorded });
  assert.deepEqual(await locateEngine({}, env), { kind: 'native', libraryPath: recorded });
  const named = await folderWithLibraries(path.join(root, 'named'));
  assert.deepEqual(await locateEngine({}, { ...env, TF_LIB_DIR: named }), { kind: 'native', libraryPath: named });
  assert.deepEqual(await locateEngine({ libraryPath: recorded }, { ...env, TF_LIB_DIR: named }), { kind: 'native', libraryPath: recorded });
});

test('a record that is stale or unreadable gives way to the own folder', async () => {
  const env = home('stale');
  await folderWithLibraries(engineFolder(env));
  await writeRecord(env, { libraryPath: path.join(root, 'gone') });
  assert.deepEqual(await locateEngine({}, env), { kind: 'native', libraryPath: engineFolder(env) });
  await writeFile(engineRecordPath(env), '{');
  assert.deepEqual(await locateEngine({}, env), { kind: 'native', libraryPath: engineFolder(env) });
});

test('WebAssembly is used when recorded or wished for', async () => {
  const env = home('wasm');
  await writeRecord(env, { kind: 'wasm' });
  assert.deepEqual(await locateEngine({}, env), { kind: 'wasm' });
  assert.deepEqual(await locateEngine({ kind: 'wasm' }, home('empty')), { kind: 'wasm' });
  assert.deepEqual(await locateEngine({}, { ...home('empty'), MOBILEFACENET_ENGINE: 'wasm' }), { kind: 'wasm' });
});

test('native is forced past a WebAssembly record', async () => {
  const env = home('forced');
  await writeRecord(env, { kind: 'wasm' });
  await assert.rejects(locateEngine({ kind: 'native' }, env), UserError);
  await folderWithLibraries(engineFolder(env));
  assert.deepEqual(await locateEngine({}, { ...env, MOBILEFACENET_ENGINE: 'native' }), { kind: 'native', libraryPath: engineFolder(env) });
});

test('wrong settings are named', async () => {
  await assert.rejects(locateEngine({}, { ...home('empty'), MOBILEFACENET_ENGINE: 'gpu' }), /MOBILEFACENET_ENGINE is "gpu"/);
  await assert.rejects(locateEngine({}, { ...home('empty'), TF_LIB_DIR: root }), /TF_LIB_DIR names/);
  await assert.rejects(locateEngine({ libraryPath: root }, home('empty')), /library path names/);
});
