import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CancelledError, UserError } from '../../src/base/user-error';
import type { PhotoOutcome, PhotoTask } from '../../src/dataset/detection/detector-messages';
import { cropPhotos, type DetectorPoolOptions } from '../../src/dataset/detection/detector-pool';

/** Stands in for the detector: does what the photo's name says, and writes its process id beside the photos. */
const standInWorker = `
const { appendFileSync } = require('node:fs');
appendFileSync(process.argv[1] + '.pids', process.pid + '\\n');
process.on('disconnect', () => process.exit(0));
let last = Promise.resolve();
process.on('message', (request) => {
  if (request.kind !== 'batch') return;
  for (const task of request.tasks) last = last.then(() => handle(task));
});
async function handle({ id, file }) {
  if (file.startsWith('crash')) process.abort();
  if (file.startsWith('exit')) { process.stderr.write('out of luck'); process.exit(3); }
  if (file.startsWith('hang')) return new Promise(() => setInterval(() => undefined, 1000));
  if (file.startsWith('refuse')) return process.send({ kind: 'failed', message: 'No engine.', action: 'Install one.' });
  await new Promise((resolve) => setTimeout(resolve, id % 7));
  process.send({ kind: 'outcomes', outcomes: [{ id, outcome: { kind: 'crop', jpeg: Uint8Array.of(id), foundBy: 'tiny-224' } }] });
}
`;

let folder = '';
let workerFile = '';
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pool-'));
  workerFile = path.join(folder, 'worker.cjs');
  await writeFile(workerFile, standInWorker);
});
after(() => rm(folder, { recursive: true, force: true }));

async function run(files: readonly string[], options: Partial<DetectorPoolOptions> = {}): Promise<Map<string, PhotoOutcome>> {
  const outcomes = new Map<string, PhotoOutcome>();
  const tasks: PhotoTask[] = files.map((file, id) => ({ id, file }));
  const settings = { size: 112, severalFaces: 'centre', minFacePixels: 24 } as const;
  await cropPhotos(tasks, { workers: 2, settings, workerFile, batchLimitMs: 200_000, ...options }, (task, outcome) => {
    assert.ok(!outcomes.has(task.file), `${task.file} was answered twice`);
    outcomes.set(task.file, outcome);
  });
  return outcomes;
}

function photos(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `photo ${i}`);
}

async function livingWorkers(): Promise<number[]> {
  const pids = (await readFile(`${workerFile}.pids`, 'utf8')).trim().split('\n').map(Number);
  return pids.filter((pid) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  });
}

describe('detector pool', () => {
  it('answers every photo once, whatever the number of workers', async () => {
    for (const workers of [1, 3]) {
      const outcomes = await run(photos(50), { workers });
      assert.equal(outcomes.size, 50);
      assert.deepEqual(outcomes.get('photo 7'), { kind: 'crop', jpeg: Uint8Array.of(7), foundBy: 'tiny-224' });
    }
    assert.equal((await run([])).size, 0);
    assert.deepEqual(await livingWorkers(), []);
  });

  it('goes on after crashes and drops just the photos that caused them', async () => {
    const files = [...photos(10), 'crash a', ...photos(20).slice(10), 'exit b', 'crash c'];
    const outcomes = await run(files);
    assert.equal(outcomes.size, files.length);
    const dropped = [...outcomes].filter(([, outcome]) => outcome.kind === 'dropped').map(([file]) => file).sort();
    assert.deepEqual(dropped, ['crash a', 'crash c', 'exit b']);
    const outcome = outcomes.get('exit b');
    assert.ok(outcome?.kind === 'dropped' && outcome.reason === 'unreadable' && outcome.detail?.includes('exit code 3'));
    assert.deepEqual(await livingWorkers(), []);
  });

  it('ends a worker that hangs', async () => {
    const outcomes = await run(['hang', ...photos(6)], { batchLimitMs: 4000 });
    const outcome = outcomes.get('hang');
    assert.ok(outcome?.kind === 'dropped' && outcome.detail?.includes('did not answer'));
    assert.deepEqual(await livingWorkers(), []);
  });

  it('fails with the worker\'s own words when it cannot work', async () => {
    await assert.rejects(run(['refuse']), (error) => error instanceof UserError && error.message === 'Faces cannot be detected: No engine.' && error.action === 'Install one.');
    const broken = path.join(folder, 'broken.cjs');
    await writeFile(broken, 'throw new Error("cannot load");');
    await assert.rejects(run(photos(30), { workerFile: broken }), (error) => error instanceof UserError && /cannot work: .*cannot load/s.test(error.message));
    assert.deepEqual(await livingWorkers(), []);
  });

  it('stops when it is cancelled', async () => {
    const abort = new AbortController();
    const running = run(['hang', ...photos(20)], { signal: abort.signal });
    setTimeout(() => abort.abort(), 200);
    await assert.rejects(running, CancelledError);
    await assert.rejects(run(photos(3), { signal: abort.signal }), CancelledError);
    assert.deepEqual(await livingWorkers(), []);
  });

  it('passes on an error of its caller', async () => {
    const settings = { size: 112, severalFaces: 'centre', minFacePixels: 24 } as const;
    const failing = cropPhotos([{ id: 0, file: 'photo' }], { workers: 1, settings, workerFile }, () => {
      throw new Error('disk full');
    });
    await assert.rejects(failing, /disk full/);
    assert.deepEqual(await livingWorkers(), []);
  });
});
