import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { CancelledError, UserError } from '../../../../src/base/user-error';
import type { CropRequest } from '../../../../src/dataset/detection/crop-service';
import type { PhotoOutcome, PhotoTask } from '../../../../src/dataset/detection/detector-messages';
import { BatchFolder } from '../../../../src/dataset/remote/batch-folder';
import { encodeFailure } from '../../../../src/dataset/remote/batch-queue';
import { doBatch, type BatchCropper } from '../../../../src/dataset/remote/do-batch';
import { batchesOf, batchIdOf, type PhotoBatch } from '../../../../src/dataset/remote/photo-batch';
import { RemoteCrops, type RemoteCropsOptions } from '../../../../src/dataset/remote/remote-crops';
import { FakeQueue, type FakeWork } from './fake-queue';

const settings = { size: 112, severalFaces: 'centre', minFacePixels: 24 } as const;
const done = { kind: 'gone' } as const;
const never = new AbortController().signal;

let folder = '';
let work = '';
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'remote-'));
});
beforeEach(async () => {
  work = path.join(folder, `work-${Math.random()}`);
  await mkdir(work);
});
after(() => rm(folder, { recursive: true, force: true }));

/** Photos that exist, with numbers that leave gaps as a resumed run does. */
async function photos(count: number): Promise<PhotoTask[]> {
  return Promise.all(Array.from({ length: count }, async (_, i) => {
    const file = path.join(folder, `photo-${i}`);
    await writeFile(file, 'a photo');
    return { id: i * 3, file };
  }));
}

const outcomeOf = ({ id }: PhotoTask): PhotoOutcome =>
  id % 2 === 0 ? { kind: 'crop', jpeg: Uint8Array.of(id, 1, 2), foundBy: 'sidecar' } : { kind: 'dropped', reason: 'no-face' };
const cropper: BatchCropper = { crop: (tasks) => Promise.resolve(tasks.map(outcomeOf)) };
const doIt: FakeWork = (_id, batch) => doBatch(batch, 'far', cropper, never).then(() => done, (error: unknown) => ({ kind: 'failed', reason: String(error) }));

interface Trial {
  readonly outcomes: Map<number, PhotoOutcome>;
  readonly notices: string[];
  readonly waits: (string | undefined)[];
}

async function run(queue: FakeQueue, tasks: readonly PhotoTask[], more: Partial<CropRequest> = {}, options: Partial<RemoteCropsOptions> = {}, trial: Trial = newTrial()): Promise<Trial> {
  const crops = new RemoteCrops({
    openQueue: () => Promise.resolve(queue), maker: '1.0.0_1_linux_x64_none', workerCommand: 'mobilefacenet worker --redis redis://h:1', notice: (sentence) => trial.notices.push(sentence),
    explain: (error) => error, times: { pollMs: 5, noWorkerMs: 20, resultMs: 15, cleanUpMs: 100 }, ...options,
  });
  const request: CropRequest = { settings, fingerprint: 'f', workFolder: work, photoCount: 100, photosLeft: tasks.length, onWait: (reason) => trial.waits.push(reason), ...more };
  try {
    await crops.crop(tasks, request, ({ id }, outcome) => {
      assert.ok(!trial.outcomes.has(id), `photo ${id} was told twice`);
      trial.outcomes.set(id, outcome);
    });
    return trial;
  } finally {
    assert.ok(queue.isClosed);
    assert.equal(existsSync(path.join(work, 'remote')), false, 'the folder is removed');
  }
}

function newTrial(): Trial {
  return { outcomes: new Map(), notices: [], waits: [] };
}

function expected(tasks: readonly PhotoTask[]): Map<number, PhotoOutcome> {
  return new Map(tasks.map((task) => [task.id, outcomeOf(task)]));
}

describe('crops by workers elsewhere', () => {
  it('are told once for each photo, with and without news of the queue', async () => {
    const tasks = await photos(40);
    for (const tellsEnds of [true, false]) {
      const queue = new FakeQueue(doIt, tellsEnds);
      const { outcomes, notices } = await run(queue, tasks);
      assert.deepEqual(outcomes, expected(tasks));
      assert.equal(new Set(queue.additions).size, queue.additions.length);
      assert.deepEqual([queue.removed, notices], [[], []]);
    }
    assert.equal((await run(new FakeQueue(doIt), [])).outcomes.size, 0);
  });

  it('are taken from the folder when a killed preparation has left them there', async () => {
    const tasks = await photos(4);
    const made = await BatchFolder.make(work, 'f');
    const [photosOfBatch = []] = batchesOf(tasks, 8);
    const batch: PhotoBatch = { folder: made.folder, fingerprint: 'f', settings, photos: photosOfBatch };
    await doBatch(batch, 'far', cropper, never);
    const queue = new FakeQueue(doIt);
    assert.deepEqual((await run(queue, tasks)).outcomes, expected(tasks));
    assert.ok(!queue.additions.includes(batchIdOf(batch)));
    assert.deepEqual(queue.removed, [batchIdOf(batch)], 'the queue may still have it');
  });

  it('count when the queue gave up a batch whose workers all died behind its result, and leave nothing of it there', async () => {
    const tasks = await photos(20);
    for (const tellsEnds of [true, false]) {
      const queue = new FakeQueue(async (id, batch, addition) => {
        await doIt(id, batch, addition);
        return { kind: 'failed', reason: 'job stalled more than allowable limit' };
      }, tellsEnds);
      assert.deepEqual((await run(queue, tasks)).outcomes, expected(tasks));
      assert.deepEqual([...queue.removed].sort(), [...queue.additions].sort());
    }
  });

  it('are asked for again when the server has lost a batch, and not for ever', async () => {
    const tasks = await photos(3);
    const forgetful = new FakeQueue((id, batch, addition) => (addition === 1 ? Promise.resolve(done) : doIt(id, batch, addition)));
    assert.deepEqual((await run(forgetful, tasks)).outcomes, expected(tasks));
    await assert.rejects(run(new FakeQueue(() => Promise.resolve(done)), tasks), (error) => error instanceof UserError && /do not arrive in .*remote/.test(error.message));
  });

  it('end with the photos of a batch that always fails', async () => {
    const tasks = await photos(10);
    const queue = new FakeQueue((id, batch, addition) => (batch.photos[0]?.id === 0 ? Promise.resolve({ kind: 'failed', reason: 'job stalled more than allowable limit' }) : doIt(id, batch, addition)));
    await assert.rejects(run(queue, tasks), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, /^These photos failed with every worker that tried them: .*photo-0, .*photo-2 \(job stalled/);
      assert.deepEqual(error.details?.['photos'], tasks.slice(0, 3).map(({ file }) => file));
      return true;
    });
    assert.ok(queue.removed.length > 0);
  });

  it('end with the words of a worker that cannot work', async () => {
    const reason = encodeFailure(new UserError('Faces cannot be detected: no engine.', 'Install one.'), 'far');
    await assert.rejects(run(new FakeQueue(() => Promise.resolve({ kind: 'failed', reason })), await photos(2)), /^UserError: Faces cannot be detected: no engine \(worker on far\)\.$/);
  });

  it('end when a worker does not see the photos, and not when a photo was deleted', async () => {
    const tasks = await photos(2);
    const blind: FakeWork = async (_id, batch) => {
      const elsewhere = { ...batch, photos: batch.photos.map((photo) => ({ ...photo, file: `/not/here${photo.file}` })) };
      const made = new BatchFolder(batch.folder);
      await made.write(batchIdOf(batch), { host: 'blind', missing: elsewhere.photos.map(({ id }) => id), outcomes: elsewhere.photos.map((task) => ({ id: task.id, outcome: outcomeOf(task) })) });
      return done;
    };
    await assert.rejects(run(new FakeQueue(blind), tasks), (error) => error instanceof UserError && /The worker on blind does not see the photo .*photo-0/.test(error.message) && /same storage at the same path/.test(error.action));
    const deleted = [{ id: 0, file: path.join(folder, 'deleted') }];
    assert.deepEqual((await run(new FakeQueue(doIt), deleted)).outcomes, expected(deleted));
  });

  it('say once that no worker is there, or only others, and go on when one comes', async () => {
    const tasks = await photos(2);
    let start: () => void = () => undefined;
    const started = new Promise<void>((resolve) => (start = resolve));
    const queue = new FakeQueue(async (id, batch, addition) => started.then(() => doIt(id, batch, addition)));
    queue.connected = { fitting: 0, others: [] };
    const trial = newTrial();
    const onWait = (reason: string | undefined): void => {
      trial.waits.push(reason);
      if (reason === 'waiting: no worker is connected') queue.connected = { fitting: 0, others: [{ maker: '0.9.0_1_linux_arm64_wasm', host: 'old' }] };
      else if (reason !== undefined) start();
    };
    await run(queue, tasks, { onWait }, {}, trial);
    assert.deepEqual(trial.outcomes, expected(tasks));
    assert.equal(trial.notices.length, 1);
    assert.match(trial.notices[0] ?? '', /^No worker is connected to the queue\. Start `mobilefacenet worker --redis redis:\/\/h:1`/);
    assert.deepEqual([...new Set(trial.waits.filter(Boolean))], ['waiting: no worker is connected', 'waiting: only other versions of workers are connected']);
    assert.equal(trial.waits.at(-1), undefined);
    const wrong = new FakeQueue(() => new Promise(() => undefined));
    wrong.connected = { fitting: 0, others: [{ maker: '0.9.0_1_linux_arm64_wasm', host: 'old' }] };
    const second = newTrial();
    const abort = new AbortController();
    const notice = (sentence: string): void => {
      second.notices.push(sentence);
      abort.abort();
    };
    await assert.rejects(run(wrong, tasks, { signal: abort.signal }, { notice }, second), CancelledError);
    assert.match(second.notices[0] ?? '', /the one on old is version 0\.9\.0 on linux arm64 with the WebAssembly engine, this is version 1\.0\.0 on linux x64 without an engine/);
  });

  it('are cancelled at once, and taken back', async () => {
    const queue = new FakeQueue(() => new Promise(() => undefined));
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 30);
    await assert.rejects(run(queue, await photos(30), { signal: abort.signal }), CancelledError);
    assert.deepEqual(queue.removed.sort(), queue.additions.sort());
    await assert.rejects(run(queue, [], { signal: abort.signal }), CancelledError);
  });

  it('do not wait for a server that is gone when they are cancelled', async () => {
    const queue = new FakeQueue(doIt);
    const abort = new AbortController();
    queue.add = () => {
      setTimeout(() => abort.abort(), 30);
      return new Promise(() => undefined);
    };
    queue.remove = () => new Promise(() => undefined);
    const trial = newTrial();
    await assert.rejects(run(queue, await photos(3), { signal: abort.signal }, {}, trial), CancelledError);
    assert.match(trial.notices[0] ?? '', /could not be taken back from the queue \(batches: 1\)/);
  });
});

describe('batches', () => {
  it('hold every photo once in order, and are cut at the same places when photos are done already', () => {
    fc.assert(fc.property(fc.uniqueArray(fc.nat(400), { maxLength: 60 }), fc.integer({ min: 1, max: 20 }), (ids, size) => {
      const tasks = ids.sort((a, b) => a - b).map((id) => ({ id, file: `/p/${id}` }));
      const batches = [...batchesOf(tasks, size)];
      assert.deepEqual(batches.flat(), tasks);
      assert.ok(batches.every((batch) => new Set(batch.map(({ id }) => Math.floor(id / size))).size === 1));
      assert.equal(new Set(batches.map((batch) => Math.floor((batch[0]?.id ?? 0) / size))).size, batches.length);
    }));
  });

  it('done twice at the same time give the same whole file', async () => {
    const made = await BatchFolder.make(work, 'f');
    const batch: PhotoBatch = { folder: made.folder, fingerprint: 'f', settings, photos: await photos(9) };
    assert.deepEqual(await Promise.all([1, 2, 3].map(() => doBatch(batch, 'far', cropper, never))), [true, true, true]);
    const result = await made.read(batchIdOf(batch));
    assert.deepEqual(new Map(result?.outcomes.map(({ id, outcome }) => [id, outcome])), expected(batch.photos));
    await made.remove();
    await assert.rejects(doBatch(batch, 'far', cropper, never), /is not seen on far/);
    assert.equal(await made.write('b', { host: 'far', outcomes: [], missing: [] }), false);
    assert.equal(existsSync(made.folder), false);
  });
});
