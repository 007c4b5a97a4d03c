import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { checkpointSteps, readCheckpoint } from '../../src/training/run/checkpoint';
import { runCli } from '../support/cli';

const sizeMegabytes = 3;

/** A disk of 3 MB in memory; undefined where this user may not mount one. */
function mountSmallDisk(folder: string): string | undefined {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMegabytes}m`, 'tmpfs', folder], { stdio: 'pipe', timeout: 60_000 });
    return folder;
  } catch {
    return undefined;
  }
}

describe('a full disk', () => {
  let folder = '';
  let disk: string | undefined;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'full-disk-'));
    await mkdir(path.join(folder, 'disk'));
    disk = mountSmallDisk(path.join(folder, 'disk'));
    assert.equal((await runCli(['sample', path.join(folder, 'photos'), '--identities', '6', '--photos', '6'])).code, 0);
  });
  after(async () => {
    if (disk) execFileSync('umount', [disk], { timeout: 60_000 });
    await rmdir(path.join(folder, 'disk'));
    await rm(folder, { recursive: true, force: true });
  });

  const onSmallDisk = (name: string, body: (disk: string) => Promise<void>): void => {
    test(name, async (context) => (disk ? body(disk) : context.skip('this user may not mount a small disk')));
  };

  onSmallDisk('stops a preparation with one sentence and leaves nothing', async (small) => {
    const result = await runCli(['dataset', 'prepare', path.join(folder, 'photos'), '--out', path.join(small, 'dataset'), '--size', '512']);
    assert.equal(result.code, 1);
    assert.match(result.stderr, /disk/i);
    assert.deepEqual(await readdir(small), []);
  });

  onSmallDisk('stops a training with one sentence; no half checkpoint is left', async (small) => {
    const dataset = path.join(folder, 'dataset');
    const prepared = await runCli(['dataset', 'prepare', path.join(folder, 'photos'), '--out', dataset, '--size', '64']);
    assert.equal(prepared.code, 0, prepared.stderr);
    const run = path.join(small, 'run');
    const result = await runCli(['train', '--dataset', dataset, '--out', run, '--batch', '8', '--epochs', '3']);
    if (/not installed/.test(result.stderr)) return;
    assert.equal(result.code, 1);
    assert.match(result.stderr.trim().split('\n').at(-1) ?? '', /^The disk is full; .*run.* could not be written\./);
    // One is written before the first step; what is there when the disk is full must be whole.
    const checkpoints = await readdir(path.join(run, 'checkpoints')).catch(() => []);
    const steps = await checkpointSteps(run);
    assert.deepEqual(checkpoints.sort(), steps.map(String).sort());
    for (const step of steps) assert.equal((await readCheckpoint(run, step)).state.step, step);
    const record = JSON.parse(await readFile(path.join(run, 'run.json'), 'utf8')) as { state: string };
    assert.equal(typeof record.state, 'string');
  });
});
