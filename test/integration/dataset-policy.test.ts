import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import sharp from 'sharp';
import { bundlePath } from '../../src/base/product';
import { openDataset } from '../../src/dataset/dataset-reader';
import { Opening } from '../../src/dataset/policy/opening';
import { presetPolicy } from '../../src/dataset/policy/presets';
import { readPolicy } from '../../src/dataset/policy/read-policy';
import { prepareDataset, type PrepareOptions } from '../../src/dataset/prepare';
import { runCli } from '../support/cli';
import { makeDrawnPhotos } from '../support/drawn-photos';

const skip = !existsSync(bundlePath('detector-worker.js')) && 'dist/detector-worker.js is not built (npm run build)';

/** The limits of the original policy, a tenth of them. */
const small = {
  rules: [
    { above: 9, sample: 9 },
    { above: 6, upTo: 9, keep: true },
    { above: 4, upTo: 6, operations: ['opening'] },
    { above: 2, upTo: 4, operations: ['opening', 'gaussian-noise', 'salt-and-pepper'] },
    { upTo: 2, drop: true },
  ],
};

describe('preparing with a policy', { skip }, () => {
  let folder = '';
  let photos = '';
  let policyFile = '';
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'policy-'));
    photos = path.join(folder, 'photos');
    policyFile = path.join(folder, 'small.json');
    await makeDrawnPhotos(photos, [14, 8, 5, 3, 2, 4, 6, 12]);
    await writeFile(policyFile, JSON.stringify(small));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const prepare = async (out: string, options: Partial<PrepareOptions> = {}) =>
    prepareDataset({ photos, out: path.join(folder, out), workers: 1, holdOut: { kind: 'names', names: ['person-003'], source: 'test' }, policy: await readPolicy(policyFile), ...options });

  it('samples, keeps, copies and drops people, and leaves held-out people as they are', async () => {
    const { record, report } = await prepare('small');
    assert.deepEqual(record.identities.map(({ name, images }) => [name, images]), [
      ['person-000', 9], ['person-001', 8], ['person-002', 10], ['person-003', 3], ['person-005', 16], ['person-006', 12], ['person-007', 9],
    ]);
    assert.equal(record.images, 67);
    assert.deepEqual(report.policy?.copies, { opening: 15, 'gaussian-noise': 4, 'salt-and-pepper': 4 });
    assert.deepEqual(report.policy?.rules.map(({ people, photos: before, images }) => [people, before, images]), [[2, 26, 18], [1, 8, 8], [2, 11, 22], [2, 7, 19], [1, 2, 0]]);
    const reasons = report.dropped.map(({ reason }) => reason);
    assert.deepEqual([reasons.filter((reason) => reason === 'not-sampled').length, reasons.filter((reason) => reason === 'identity-dropped-by-policy').length, reasons.length], [8, 2, 10]);
    assert.deepEqual(report.droppedIdentities, ['person-004']);
    assert.equal(report.facesFound, 52, 'the faces of people who cannot stay are not searched for');
  });

  it('writes copies that are what they are called', async () => {
    const dataset = await openDataset(path.join(folder, 'small'));
    try {
      const label = dataset.trainingIdentities.indexOf('person-002');
      const pictures = await Promise.all(
        Array.from({ length: dataset.count }, (_, i) => i).filter((i) => dataset.label(i) === label).map(async (i) => sharp(dataset.read(i).jpeg).raw().toBuffer()),
      );
      const opening = new Opening();
      const opened = pictures.map((data) => opening.apply({ width: 112, height: 112, data }).data);
      const copies = pictures.filter((picture, i) => opened.some((other, j) => i !== j && meanDifference(picture, other) < 1.5));
      assert.ok(copies.length >= 5, `each of 5 photos has its opened copy: ${copies.length}`);
    } finally {
      dataset.close();
    }
  });

  it('gives the same bytes for any number of workers and other copies for another seed', async () => {
    const [one, two, other] = [await prepare('one'), await prepare('two', { workers: 3 }), await prepare('other', { seed: 2 })];
    assert.equal(one.record.fingerprint, two.record.fingerprint);
    assert.notEqual(one.record.fingerprint, other.record.fingerprint);
    const [shard] = one.record.shards;
    assert.deepEqual(await readFile(path.join(folder, 'one', shard?.file ?? '')), await readFile(path.join(folder, 'two', shard?.file ?? '')));
  });

  it('tops up to a fixed number', async () => {
    const policy = presetPolicy('fixed-100');
    assert.ok(policy);
    const root = path.join(folder, 'few');
    await makeDrawnPhotos(root, [2, 3]);
    const { record } = await prepare('fixed', { photos: root, policy, size: 32, holdOut: { kind: 'count', count: 0 } });
    assert.deepEqual(record.identities.map(({ images }) => images), [100, 100]);
  });

  it('refuses a policy that drops everybody, by its name, and leaves nothing', async () => {
    const result = await runCli(['dataset', 'prepare', photos, '--out', path.join(folder, 'nobody'), '--policy', 'original']);
    assert.equal(result.code, 1);
    assert.match(result.stderr, /--policy original drops everybody: all 8 people are left out, 8 by the rule "1 to 30 images: drop"/);
    assert.deepEqual((await readdir(folder)).filter((name) => name.includes('nobody')), []);
    const wrong = await runCli(['dataset', 'prepare', photos, '--out', path.join(folder, 'nobody'), '--policy', 'orignal']);
    assert.match(wrong.stderr, /--policy orignal is neither a policy of this product nor a file/);
  });

  it('previews', async () => {
    const { code, json, stdout } = await runCli(['dataset', 'policy', photos, '--policy', policyFile]);
    assert.equal(code, 0, stdout);
    const { effects, images, identitiesKept } = json as { effects: { rule: string; people: number; photos: number; images: number }[]; images: number; identitiesKept: number };
    assert.deepEqual([images, identitiesKept], [18 + 8 + 22 + 28, 7]);
    assert.deepEqual(effects.map(({ people, photos: before, images: after }) => [people, before, after]), [[2, 26, 18], [1, 8, 8], [2, 11, 22], [2, 7, 28], [1, 2, 0]]);
  });
});

function meanDifference(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] as number)), 0) / a.length;
}
