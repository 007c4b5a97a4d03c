import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { alignFace, mapPoints, templateFor } from '../../../src/dataset/align';
import { cropFace } from '../../../src/dataset/crop-face';
import { cropRuleOfTitle } from '../../../src/dataset/crop-rule';
import type { RgbImage } from '../../../src/dataset/photos/rgb-image';

const side = 300;
const image: RgbImage = { width: side, height: side, data: Uint8Array.from({ length: side * side * 3 }, (_, i) => (i % 3 === 0 ? Math.floor(i / 3) % side : Math.floor(i / 3 / side)) & 255) };
const landmarks = mapPoints(templateFor(128, 'original'), ([x, y]) => [1.5 * x + 20, 1.5 * y + 30]);
const cropBy = (title: string | undefined, found = true): Promise<Uint8Array | undefined> => cropFace(image, 128, cropRuleOfTitle(title), () => Promise.resolve(found ? landmarks : undefined));

describe('cropFace', () => {
  it('aligns to the template of the title, without one to that of ArcFace', async () => {
    const original = await cropBy('original-128');
    const eye = (51 * 128 + 52) * 3;
    assert.ok(original && Math.abs((original[eye] ?? 0) - 98) <= 1 && Math.abs((original[eye + 1] ?? 0) - 106) <= 1, 'the left eye lies where the template has it');
    assert.deepEqual(original, alignFace(image, landmarks, 128, 'original').data);
    const arcface = alignFace(image, landmarks, 128, 'arcface').data;
    for (const title of ['arcface-112', 'unknown', undefined]) assert.deepEqual(await cropBy(title), arcface);
    assert.notDeepEqual(original, arcface);
  });

  it('gives nothing without a face, and looks for none where a box is cut', async () => {
    assert.equal(await cropBy('original-128', false), undefined);
    const box = await cropFace(image, 100, cropRuleOfTitle('fixed-box-50,60,150,160'), () => assert.fail('no face is looked for'));
    assert.deepEqual([...(box ?? []).slice(0, 2)], [50, 60]);
  });

  it('is refused for a template of a newer version', () => {
    assert.throws(() => cropRuleOfTitle('mask-64'), /This version cannot align photos as "mask-64"/);
  });
});
