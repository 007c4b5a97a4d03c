import assert from 'node:assert/strict';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import sharp from 'sharp';
import { applySimilarity, mapPoints, templateFor } from '../../../src/dataset/align';
import { parseLookAnswer, parseLookRequest } from '../../../src/dataset/look/look-requests';
import { photoLookSchema } from '../../../src/dataset/look/photo-look';
import { PhotoViewer } from '../../../src/dataset/look/photo-viewer';
import type { Policy } from '../../../src/dataset/policy/policy';
import { policySchema } from '../../../src/dataset/policy/policy';
import { UserError } from '../../../src/base/user-error';

/** The face whose crop is the square of 168 pixels at (40, 20), turned by nothing. */
const place = { a: 1.5, b: 0, tx: 40, ty: 20 };
const landmarks = mapPoints(templateFor(112), (point) => applySimilarity(place, point));
const policy: Policy = { name: 'mine', rules: policySchema.parse({ rules: [{ keep: true, operations: ['flip'] }] }).rules };

let root = '';
before(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'look-'));
  await mkdir(path.join(root, 'ann'));
  await sharp({ create: { width: 300, height: 240, channels: 3, background: '#468' } }).jpeg().toFile(path.join(root, 'ann', '1.jpg'));
  await writeFile(path.join(root, 'ann', '2.jpg'), 'no picture');
  await writeFile(path.join(root, 'landmarks.jsonl'), ['ann/1.jpg', 'ann/2.jpg'].map((photo) => JSON.stringify({ photo, landmarks })).join('\n'));
});
after(() => rm(root, { recursive: true, force: true }));

describe('a look at a photo', () => {
  test('tells where the face is, what the crop is cut from, and what the policy makes of it', async () => {
    const look = photoLookSchema.parse(await (await PhotoViewer.open(root)).look('ann/1.jpg', { size: 112, policy, seed: 0 }));
    assert.deepEqual(look.size, { width: 300, height: 240 });
    assert.deepEqual(look.face?.landmarks.map((point) => point.map(Math.round)), landmarks.map((point) => point.map(Math.round)));
    assert.deepEqual(look.face?.corners.map((corner) => corner.map((value) => Math.round(value * 4) / 4)), [[39.25, 19.25], [207.25, 19.25], [207.25, 187.25], [39.25, 187.25]]);
    look.face?.cropLandmarks.forEach(([x, y], i) => assert.ok(Math.hypot(x - (templateFor(112)[i]?.[0] ?? 0), y - (templateFor(112)[i]?.[1] ?? 0)) < 0.1));
    assert.ok(Math.abs((look.face?.scale ?? 0) - 1 / 1.5) < 1e-6);
    const { width, height } = await sharp(Buffer.from(look.face?.crop ?? '', 'base64')).metadata();
    assert.deepEqual([width, height], [112, 112]);
    assert.deepEqual(look.policy?.copies.map(({ operation, isUsed }) => [operation, isUsed]), [['flip', true], ['opening', false], ['gaussian-noise', false], ['salt-and-pepper', false]]);
    assert.deepEqual([look.faces, look.dropped], [undefined, undefined]);
  });

  test('says why there is no crop', async () => {
    const look = await (await PhotoViewer.open(root)).look('ann/2.jpg', { size: 112, policy, seed: 0 });
    assert.equal(look.dropped?.reason, 'unreadable');
    assert.deepEqual([look.face, look.size], [undefined, undefined]);
  });

  test('stays in its folder', async () => {
    await assert.rejects((await PhotoViewer.open(root)).look('../ann/1.jpg', { size: 112, policy, seed: 0 }), UserError);
  });

  test('a thumbnail is small and upright', async () => {
    const viewer = await PhotoViewer.open(root);
    await viewer.writeThumbnail('ann/1.jpg', 64, path.join(root, 'small.jpg'));
    const { width, height } = await sharp(path.join(root, 'small.jpg')).metadata();
    assert.deepEqual([width, height], [64, 51]);
    await assert.rejects(viewer.writeThumbnail('ann/2.jpg', 64, path.join(root, 'none.jpg')));
  });
});

test('requests and answers are lines of JSON; others are passed over', () => {
  const request = { id: 1, kind: 'look', photo: 'ann/1.jpg', size: 112, policy: 'none' };
  assert.deepEqual(parseLookRequest(JSON.stringify(request)), request);
  assert.equal(parseLookRequest('{"id":1}'), undefined);
  assert.equal(parseLookRequest('no JSON'), undefined);
  assert.deepEqual(parseLookAnswer('{"id":4}'), { id: 4 });
});
