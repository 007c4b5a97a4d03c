import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { packagesFolder } from '../../../src/base/product';
import { checkDetector, checkDisk, checkEngine, checkMemory, checkNode, checkPlatform, checkSecondDetector, examine } from '../../../src/engine/doctor';
import { doctorResult } from '../../../src/engine/doctor-command';
import { engineFolder, libraryNames } from '../../../src/engine/engine-folder';

async function emptyHome(t: TestContext): Promise<NodeJS.ProcessEnv> {
  const home = await mkdtemp(path.join(tmpdir(), 'doctor-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  return { MOBILEFACENET_ENGINE_HOME: home };
}

const works = () => Promise.resolve({ ok: true as const, version: '2.99.0', devices: ['CPU:0'] });
const crashes = () => Promise.resolve({ ok: false as const, why: 'it crashed\nwith a stack' });

test('Node, platform, memory and disk', async () => {
  assert.equal(checkNode('24.1.0').state, 'ok');
  assert.equal(checkNode('18.20.0').state, 'problem');
  assert.equal(checkPlatform('linux', 'x64', '2.36').state, 'ok');
  assert.match(checkPlatform('linux', 'x64', '2.17').message, /needs 2\.27/);
  assert.match(checkPlatform('linux', 'ia32', '2.36').message, /no native TensorFlow/);
  assert.equal(checkPlatform('win32', 'x64').state, 'ok');
  assert.equal(checkPlatform('darwin', 'x64').state, 'warning');
  assert.equal(checkMemory(16e9, 8e9).state, 'ok');
  assert.equal(checkMemory(2e9, 1e9).state, 'warning');
  assert.equal((await checkDisk('disk', tmpdir(), 1)).state, 'ok');
  assert.equal((await checkDisk('disk', tmpdir(), 1e18)).state, 'warning');
});

test('the engine: absent, running, broken', async (t) => {
  const env = await emptyHome(t);
  const absent = await checkEngine({ env, probe: works });
  assert.equal(absent.state, 'warning');
  assert.match(absent.action ?? '', /engine install/);
  await mkdir(engineFolder(env), { recursive: true });
  for (const name of libraryNames()) await writeFile(path.join(engineFolder(env), name), 'library');
  const running = await checkEngine({ env, probe: works });
  assert.equal(running.state, 'ok');
  assert.match(running.message, /2\.99\.0/);
  const broken = await checkEngine({ env, probe: crashes });
  assert.equal(broken.state, 'problem');
  assert.doesNotMatch(broken.message, /stack/);
});

test('the detector models: a missing file is named', async (t) => {
  const env = await emptyHome(t);
  const check = await checkDetector(env['MOBILEFACENET_ENGINE_HOME'] ?? '');
  assert.equal(check.state, 'problem');
  assert.match(check.message, /ssd_mobilenetv1_model\.bin/);
});

test('the second detector is there, and only warned of where it is not', async (t) => {
  const env = await emptyHome(t);
  const check = await checkSecondDetector(env['MOBILEFACENET_ENGINE_HOME'] ?? '');
  assert.equal(check.state, 'warning');
  assert.match(check.message, /facemesh\.bin.*--detector human does not work/);
  assert.equal((await checkSecondDetector(packagesFolder())).state, 'ok');
});

test('every check of this machine has a sentence, and an action unless all is well', async (t) => {
  const checks = await examine({ env: await emptyHome(t), workFolder: tmpdir(), probe: works });
  for (const check of checks) {
    assert.ok(check.message.length > 0);
    assert.equal(check.action === undefined, check.state === 'ok', check.name);
  }
  assert.deepEqual(checks.map((check) => check.name), ['product', 'node', 'platform', 'cores', 'memory', 'disk of the engine', 'disk of the work folder', 'engine', 'pictures', 'face detector', 'second face detector']);
  const { result, text } = doctorResult([...checks, { name: 'x', state: 'problem', message: 'broken.', action: 'Mend it.' }]);
  assert.equal(result['healthy'], false);
  assert.match(text, /PROBLEM {2}x: broken\.\n {9}-> Mend it\./);
});
