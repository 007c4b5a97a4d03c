import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { UserError } from '../../../src/base/user-error';
import { checkTarget, estimateBytes, requireDiskSpace } from '../../../src/dataset/prepare-target';

let root = '';
before(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'target-'));
});
after(() => rm(root, { recursive: true, force: true }));

describe('the place of a new dataset', () => {
  it('may be new or empty', async () => {
    await checkTarget(path.join(root, 'photos'), path.join(root, 'new'), false);
    await mkdir(path.join(root, 'empty'));
    await checkTarget(path.join(root, 'photos'), path.join(root, 'empty'), false);
  });

  it('is replaced only when it is a dataset and the user says so', async () => {
    const old = path.join(root, 'old');
    await mkdir(old);
    await writeFile(path.join(old, 'holiday.txt'), '');
    await assert.rejects(checkTarget(path.join(root, 'photos'), old, true), /is not a dataset/);
    await writeFile(path.join(old, 'dataset.json'), '{}');
    await assert.rejects(checkTarget(path.join(root, 'photos'), old, false), (error) => error instanceof UserError && /--overwrite/.test(error.action));
    await checkTarget(path.join(root, 'photos'), old, true);
    await assert.rejects(checkTarget(path.join(root, 'photos'), path.join(old, 'holiday.txt'), true), /is a file/);
  });

  it('must not contain the photos nor lie among them', async () => {
    for (const [photos, out] of [['p', 'p'], ['p', 'p/out'], ['p/in', 'p']] as const) {
      await assert.rejects(checkTarget(path.join(root, photos), path.join(root, out), true), /must not lie in each other/);
    }
    await checkTarget(path.join(root, 'p'), path.join(root, 'p-dataset'), false);
  });

  it('needs room', async () => {
    const needed = estimateBytes(1000, 112);
    assert.ok(needed > 2 * 1000 * 6000 && needed < 40e6, `${needed}`);
    await requireDiskSpace(root, needed, () => Promise.resolve(needed));
    await assert.rejects(requireDiskSpace(root, needed, () => Promise.resolve(needed - 1)), (error) => error instanceof UserError && /MB free, but the dataset needs about/.test(error.message));
    await requireDiskSpace(root, 1);
  });
});
