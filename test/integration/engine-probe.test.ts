import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { bundlePath } from '../../src/base/product';
import { libraryNames } from '../../src/engine/engine-folder';
import { probeLibrary, type ProbeOutcome } from '../../src/engine/probe';
import { engineTests } from '../support/engine';

const skip = existsSync(bundlePath('engine-probe.js')) ? false : 'dist/engine-probe.js is not built';
const engineTest = engineTests({ kind: 'native' });

async function inFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'engine-probe-'));
  try {
    return await body(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Probes with a script that runs before the probe itself, in place of a library that misbehaves. */
function probeWithScript(script: string, timeoutMs: number): Promise<ProbeOutcome> {
  return inFolder(async (folder) => {
    const file = path.join(folder, 'preload.cjs');
    await writeFile(file, script);
    return probeLibrary(folder, { timeoutMs, env: { NODE_OPTIONS: `--require ${file}` } });
  });
}

function whyOf(outcome: ProbeOutcome): string {
  assert.ok(!outcome.ok);
  return outcome.why;
}

if (!skip) {
  engineTest('the installed library passes', async (engine) => {
    const outcome = await probeLibrary(engine.description.libraryPath ?? '', { timeoutMs: 300_000 });
    assert.deepEqual(outcome, { ok: true, version: engine.description.version, devices: engine.description.devices });
  });
}

test('a folder without a library fails', { skip }, () =>
  inFolder(async (folder) => {
    assert.match(whyOf(await probeLibrary(folder, { timeoutMs: 300_000 })), /tensorflow/);
  }),
);

test('files that are no libraries fail', { skip }, () =>
  inFolder(async (folder) => {
    for (const name of libraryNames()) await writeFile(path.join(folder, name), '<html>not found</html>');
    assert.match(whyOf(await probeLibrary(folder, { timeoutMs: 300_000 })), /tensorflow/);
  }),
);

test('a crash is an answer', { skip }, async () => {
  assert.match(whyOf(await probeWithScript('process.kill(process.pid, "SIGSEGV"); while (true);', 300_000)), /SIGSEGV/);
});

test('a hang ends at the limit', { skip }, async () => {
  assert.match(whyOf(await probeWithScript('while (true);', 300)), /did not answer/);
});
