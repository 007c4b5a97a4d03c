import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import sharp from 'sharp';
import { silentProgress, type ProgressReporter } from '../../../src/base/progress';
import { CancelledError, UserError } from '../../../src/base/user-error';
import { identityOf } from '../../../src/dataset/sample/identity';
import { pictureOf } from '../../../src/dataset/sample/picture';
import { renderFace } from '../../../src/dataset/sample/render-face';
import { defaultSample, generateSample, sampleRecordSchema, type SampleRequest } from '../../../src/dataset/sample/sample-writer';

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const parent = await mkdtemp(path.join(os.tmpdir(), 'sample-test-'));
  try {
    await body(path.join(parent, 'sample'));
  } finally {
    await rm(parent, { recursive: true, force: true });
  }
}

function request(folder: string, changes: Partial<SampleRequest> = {}): SampleRequest {
  return { folder, identities: 2, photosPerIdentity: 3, seed: 5, sizePixels: 64, progress: silentProgress, signal: new AbortController().signal, ...changes };
}

test('a sample holds a folder per person, true landmarks and its record', () =>
  withFolder(async (folder) => {
    const done: number[] = [];
    const progress: ProgressReporter = { report: (update) => done.push(update.done) };
    const record = await generateSample(request(folder, { progress }));
    assert.deepEqual((await readdir(folder)).sort(), ['landmarks.jsonl', 'person-001', 'person-002', 'sample.json']);
    assert.deepEqual((await readdir(path.join(folder, 'person-002'))).sort(), ['001.jpg', '002.jpg', '003.jpg']);
    assert.deepEqual(sampleRecordSchema.parse(JSON.parse(await readFile(path.join(folder, 'sample.json'), 'utf8'))), record);
    assert.deepEqual(done, [1, 2, 3, 4, 5, 6]);
    const lines = (await readFile(path.join(folder, 'landmarks.jsonl'), 'utf8')).trim().split('\n');
    const last = JSON.parse(lines[5] ?? '') as { photo: string; landmarks: number[][] };
    assert.equal(last.photo, 'person-002/003.jpg');
    const expected = renderFace(identityOf(5, 1), pictureOf(5, 1, 2, identityOf(5, 1).glassesShare), 64);
    last.landmarks.flat().forEach((value, i) => assert.ok(Math.abs(value - (expected.landmarks.flat()[i] ?? 0)) <= 0.005001));
    const { data, info } = await sharp(path.join(folder, last.photo)).raw().toBuffer({ resolveWithObject: true });
    assert.deepEqual([info.width, info.height, info.channels], [64, 64, 3]);
    const difference = data.reduce((sum, value, i) => sum + Math.abs(value - (expected.pixels[i] ?? 0)), 0) / data.length;
    assert.ok(difference < 8, `mean difference after JPEG: ${difference}`);
  }));

test('the same sample is used again and nothing is drawn', () =>
  withFolder(async (folder) => {
    const first = await generateSample(request(folder));
    const before = await stat(path.join(folder, 'person-001', '001.jpg'));
    const progress: ProgressReporter = { report: () => assert.fail('drawn again') };
    assert.deepEqual(await generateSample(request(folder, { progress })), first);
    assert.equal((await stat(path.join(folder, 'person-001', '001.jpg'))).mtimeMs, before.mtimeMs);
  }));

test('a folder with something else is refused and kept', () =>
  withFolder(async (folder) => {
    await generateSample(request(folder, { photosPerIdentity: 1 }));
    await assert.rejects(generateSample(request(folder)), (error) => error instanceof UserError && error.message.includes('another sample'));
    await writeFile(path.join(folder, 'sample.json'), 'not JSON');
    await assert.rejects(generateSample(request(folder)), (error) => error instanceof UserError && error.message.includes('other files'));
    await assert.rejects(generateSample(request(path.join(folder, 'sample.json'))), UserError);
    assert.equal((await readdir(folder)).length, 4);
  }));

test('a cancelled sample leaves nothing behind', () =>
  withFolder(async (folder) => {
    const abort = new AbortController();
    const progress: ProgressReporter = {
      report: (update) => {
        if (update.done === 3) abort.abort();
      },
    };
    await assert.rejects(generateSample(request(folder, { progress, signal: abort.signal })), CancelledError);
    assert.deepEqual(await readdir(path.dirname(folder)), []);
  }));

test('numbers out of range are refused before anything is written', () =>
  withFolder(async (folder) => {
    const wrong: Partial<SampleRequest>[] = [{ identities: 0 }, { photosPerIdentity: 1000 }, { seed: 0.5 }, { sizePixels: 32 }];
    for (const changes of wrong) {
      const name = Object.keys(changes)[0] ?? '';
      await assert.rejects(generateSample(request(folder, changes)), (error) => error instanceof UserError && error.message.includes(name));
    }
    assert.deepEqual(await readdir(path.dirname(folder)), []);
  }));

test('the default sample is large enough to train on and to hold people out', () => {
  assert.ok(defaultSample.identities >= 30 && defaultSample.photosPerIdentity >= 20 && defaultSample.sizePixels >= 160);
});
