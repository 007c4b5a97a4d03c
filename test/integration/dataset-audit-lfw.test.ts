import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import sharp, { type Sharp } from 'sharp';
import { productRoot } from '../../src/base/product';
import { auditData } from '../../src/dataset/audit/audit';
import { truthfulDependencies } from '../support/audit-scene';

const faces = path.join(productRoot(), '..', 'shared', 'data', 'lfw_dev60');
const skip = !existsSync(faces) && `${faces} is missing`;

const changes: Readonly<Record<string, (photo: Sharp, side: number) => Sharp>> = {
  brighter: (photo) => photo.modulate({ brightness: 1.3 }),
  darker: (photo) => photo.modulate({ brightness: 0.7 }),
  grey: (photo) => photo.greyscale(),
  smaller: (photo) => photo.resize(100),
  larger: (photo) => photo.resize(400),
  recompressed: (photo) => photo.jpeg({ quality: 25 }),
  cropped: (photo, side) => photo.extract({ left: 5, top: 5, width: side - 10, height: side - 10 }),
};

describe('an audit of real faces with planted copies', { skip }, () => {
  it('finds every copy under another person, and takes no two different photos for copies', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'audit-lfw-'));
    try {
      const people = (await readdir(faces)).sort().slice(0, 14);
      const planted = new Map<string, string>();
      for (const [i, person] of people.entries()) {
        const names = (await readdir(path.join(faces, person))).sort().slice(0, 4);
        for (const name of names) await cp(path.join(faces, person, name), path.join(folder, person, name), { recursive: true });
        const target = people[(i + 1) % people.length] ?? '';
        const [kind] = Object.entries(changes)[i % 7] ?? assert.fail();
        planted.set(`${target}/${kind}.jpg`, `${person}/${names[0]}`);
      }
      for (const [copy, original] of planted) {
        const { width } = await sharp(path.join(folder, original)).metadata();
        const change = changes[path.basename(copy, '.jpg')] ?? assert.fail();
        await change(sharp(path.join(folder, original)), width).jpeg({ quality: copy.endsWith('recompressed.jpg') ? 25 : 85 }).toFile(path.join(folder, copy));
      }
      const { duplicates } = await auditData({ data: folder }, truthfulDependencies(() => undefined));
      const found = duplicates.map(({ kind, photos }) => `${kind} ${photos.map(({ photo }) => photo).sort().join(' ')}`);
      const expected = [...planted].map((pair) => `two-people ${[...pair].sort().join(' ')}`);
      assert.deepEqual(found.sort(), expected.sort());
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
