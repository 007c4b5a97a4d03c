import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import sharp, { type Sharp } from 'sharp';
import { bundlePath } from '../../src/base/product';
import { UserError } from '../../src/base/user-error';
import { prepareDataset, type PrepareOptions } from '../../src/dataset/prepare';
import { readMeasures } from '../../src/dataset/quality/measure-file';
import { runCli } from '../support/cli';
import { makeDrawnPhotos } from '../support/drawn-photos';

const skip = !existsSync(bundlePath('detector-worker.js')) && 'dist/detector-worker.js is not built (npm run build)';

describe('the quality of faces', { skip }, () => {
  let folder = '';
  let photos = '';
  const blurred = ['person-000/0001.png', 'person-002/0000.png'];
  const dark = 'person-001/0002.png';
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'quality-'));
    photos = path.join(folder, 'photos');
    await makeDrawnPhotos(photos, [5, 5, 5, 5]);
    const change = async (name: string, by: (picture: Sharp) => Sharp) => {
      const file = path.join(photos, name);
      await sharp(await by(sharp(await readFile(file))).png().toBuffer()).toFile(file);
    };
    for (const name of blurred) await change(name, (picture) => picture.blur(8));
    await change(dark, (picture) => picture.linear(0.1, 0));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const prepare = (out: string, options: Partial<PrepareOptions> = {}) => prepareDataset({ photos, out: path.join(folder, out), workers: 2, ...options });

  it('is measured for each image, whatever the number of workers, and summarized', async () => {
    const { record, report } = await prepare('all', { workers: 1 });
    await prepare('all-by-three', { workers: 3 });
    const file = (out: string): string => path.join(folder, out, record.measures?.file ?? '');
    assert.deepEqual(await readFile(file('all-by-three')), await readFile(file('all')));
    const columns = await readMeasures(file('all'));
    assert.deepEqual(record.measures?.columns, Object.keys(columns));
    assert.ok(Object.values(columns).every((values) => values.length === 20 && values.every(Number.isFinite)));
    assert.ok(Math.min(...columns.brightness) < 20 && Math.max(...columns.brightness) > 100);
    assert.ok(Math.max(...columns.sizePixels) < 115 && Math.min(...columns.sizePixels) > 105, `${columns.sizePixels.join(' ')}`);
    // The drawn landmarks are turned by up to atan(0.08), against the picture.
    assert.ok(columns.rollDegrees.every((roll) => Math.abs(roll) < 6) && columns.yawDegrees.every((yaw) => Math.abs(yaw) < 3));
    const sorted = columns.sharpness.slice().sort();
    assert.deepEqual([report.quality?.faces, report.quality?.limits], [20, {}]);
    assert.deepEqual([report.quality?.measures.sharpness.min, report.quality?.measures.sharpness.max], [sorted[0], sorted[19]].map((value) => Math.round((value ?? 0) * 10) / 10));
  });

  it('drops the photos that break a limit, naming measure and limit, and not the others', async () => {
    const { report: all } = await prepare('unlimited');
    const minSharpness = all.quality?.measures.sharpness.p25 ?? 0;
    const { record, report } = await prepare('limited', { quality: { minSharpness, minBrightness: 30 } });
    const poor = report.dropped.filter(({ reason }) => reason === 'poor-quality');
    for (const name of blurred) assert.match(poor.find(({ photo }) => photo === name)?.detail ?? '', /^sharpness [\d.]+ is below [\d.]+ \(--min-sharpness\)$/);
    assert.ok(poor.some(({ photo }) => photo === dark));
    assert.equal(report.imagesWritten, 20 - poor.length);
    assert.deepEqual(report.quality?.limits, { minSharpness, minBrightness: 30 });
    assert.equal(report.quality?.faces, 20);
    const columns = await readMeasures(path.join(folder, 'limited', record.measures?.file ?? ''));
    assert.equal(columns.sharpness.length, record.images);
    assert.ok(columns.sharpness.every((value) => value >= Math.fround(minSharpness)) && columns.brightness.every((value) => value >= 30));
  });

  it('says so when a limit leaves nobody', async () => {
    await assert.rejects(prepare('nobody', { quality: { minSharpness: 1e6 } }), (error) => error instanceof UserError && /^--min-sharpness 1000000 leaves too few of the 20 faces/.test(error.message));
    assert.equal(existsSync(path.join(folder, 'nobody')), false);
  });

  it('can be asked for and seen on the command line', async () => {
    const out = path.join(folder, 'by-command');
    const made = await runCli(['dataset', 'prepare', photos, '--out', out, '--workers', '1', '--min-brightness', '30', '--max-yaw', '40']);
    assert.equal(made.code, 0, made.stderr);
    assert.deepEqual(made.json['dropped'], { 'poor-quality': 1 });
    const seen = await runCli(['dataset', 'inspect', out]);
    assert.deepEqual(seen.json['quality'], made.json['quality']);
    const wrong = await runCli(['dataset', 'prepare', photos, '--out', path.join(folder, 'wrong'), '--max-yaw', 'much']);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /--max-yaw.*number from 0 to 180/);
  });
});
