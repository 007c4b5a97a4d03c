import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { CancelledError, UserError } from '../../src/base/user-error';
import { detachedFailure, jobEnvironment, runAttached, startDetached } from '../../src/host/jobs/job-process';

let folder = '';
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'jobs-'));
});
after(() => rm(folder, { recursive: true, force: true }));

/** A job made of a few lines of JavaScript. */
async function job(name: string, source: string): Promise<{ cliPath: string; args: string[] }> {
  const cliPath = path.join(folder, `${name}.js`);
  await writeFile(cliPath, source);
  return { cliPath, args: ['dataset', 'prepare', '--json'] };
}

const never = new AbortController().signal;

describe('attached jobs', () => {
  test('give their lines and their output', async () => {
    const lines: string[] = [];
    const command = await job('done', `process.stderr.write('one\\ntw'); setTimeout(() => { process.stderr.write('o\\nthree'); console.log('{"ok":1}'); }, 20);`);
    assert.equal(await runAttached(command, { signal: never, onLine: (line) => lines.push(line) }), '{"ok":1}\n');
    assert.deepEqual(lines, ['one', 'two', 'three']);
  });

  test('fail with the sentence of the job', async () => {
    const withJson = await job('failed', `console.log(JSON.stringify({ error: 'No faces. Choose other photos.', cancelled: false, missing: 'faces' })); process.exit(1);`);
    await assert.rejects(runAttached(withJson, { signal: never, onLine: () => undefined }), (error) => error instanceof UserError && error.message === 'No faces. Choose other photos.' && error.details?.['missing'] === 'faces');
    const withText = await job('crashed', `console.error('Out of memory.'); process.exit(7);`);
    await assert.rejects(runAttached(withText, { signal: never, onLine: () => undefined }), /Out of memory\./);
    const silent = await job('silent', `process.exit(7);`);
    await assert.rejects(runAttached(silent, { signal: never, onLine: () => undefined }), /"mobilefacenet dataset prepare" ended with code 7/);
  });

  test('are asked to stop when cancelled', async () => {
    const marker = path.join(folder, 'stopped');
    const command = await job('waiting', `process.on('SIGINT', () => { require('node:fs').writeFileSync(${JSON.stringify(marker)}, ''); console.log(JSON.stringify({ error: 'Half is there.' })); process.exitCode = 130; clearInterval(waiting); }); const waiting = setInterval(() => {}, 1000); process.stderr.write('ready\\n');`);
    const abort = new AbortController();
    await assert.rejects(runAttached(command, { signal: abort.signal, onLine: () => abort.abort() }), (error) => error instanceof CancelledError && error.details?.['error'] === 'Half is there.');
    assert.ok(existsSync(marker));
  });
});

describe('detached jobs', () => {
  test('write their output to the log and tell their end', async () => {
    const command = await job('detached', `console.error('working'); console.log(JSON.stringify({ error: 'The disk is full.' })); process.exit(1);`);
    const logFile = path.join(folder, 'logs', 'detached.log');
    const started = await startDetached(command, logFile);
    assert.ok(started.pid > 0);
    // A detached job does not keep this process alive; the test has to.
    const alive = setInterval(() => undefined, 1000);
    assert.equal(await started.ended.finally(() => clearInterval(alive)), 1);
    assert.match(await readFile(logFile, 'utf8'), /working/);
    assert.equal((await detachedFailure(command, logFile, 1)).message, 'The disk is full.');
  });
});

test('a job gets plain Node and none of the editor\'s own variables', () => {
  assert.deepEqual(jobEnvironment({ PATH: '/bin', VSCODE_PID: '1', NODE_OPTIONS: '--inspect' }, { TF_LIB_DIR: '/tf' }), { PATH: '/bin', ELECTRON_RUN_AS_NODE: '1', TF_LIB_DIR: '/tf' });
});
