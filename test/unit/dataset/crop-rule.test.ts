import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { UserError } from '../../../src/base/user-error';
import { templateNames } from '../../../src/dataset/align';
import { cropRuleOfTitle, cropRuleTitle, describeCrops, parseCropRule } from '../../../src/dataset/crop-rule';

const casiaBox = { left: 59, top: 14, right: 207, bottom: 222 };

describe('the way of cropping', () => {
  it('is a similarity to a template, or a box that is named or given in pixels', () => {
    for (const template of templateNames) assert.deepEqual(parseCropRule('similarity', template), { kind: 'similarity', template });
    for (const name of ['fixed-box', 'casia-webface', '59,14,207,222']) assert.deepEqual(parseCropRule(name), { kind: 'fixed-box', box: casiaBox });
    for (const text of ['', 'face', '1,2,3', '3,2,3,4', '1,2,3,4,5', '-1,2,3,4', '1.5,2,3,4', 'constructor']) assert.throws(() => parseCropRule(text), UserError, text);
  });

  it('takes no template with a box', () => {
    assert.throws(() => parseCropRule('fixed-box', 'original'), /--template original has no meaning with --crop fixed-box/);
  });

  it('is told, also where this version does not know it', () => {
    const told = ['arcface-112', 'fixed-box-59,14,207,222', 'unknown', 'newer-1'].map((template) => describeCrops({ template, landmarks: 'face-api' }));
    assert.deepEqual(told, ['aligned to arcface-112 by face-api', 'cut as fixed-box-59,14,207,222', 'cut elsewhere, it is not known how', 'cut as "newer-1", which this version does not know']);
  });

  it('is known again by its title', () => {
    const titles = ['arcface-112', 'original-128', 'fixed-box-59,14,207,222'];
    assert.deepEqual(titles.map((title) => cropRuleTitle(cropRuleOfTitle(title))), titles);
    assert.deepEqual(cropRuleOfTitle('unknown'), { kind: 'similarity', template: 'arcface' });
    for (const title of ['', 'arcface', 'arcface-128', 'fixed-box-1,2', 'newer-1']) assert.throws(() => cropRuleOfTitle(title), UserError, title);
  });
});
