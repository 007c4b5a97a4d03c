import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fillIn, renderFaceProgram, type FaceProgramValues } from '../../../../src/board/program/face-program';

const values: FaceProgramValues = {
  model: "/sd/it's.kmodel", modelBytes: 1234, size: 112, turned: true, threshold: 0.35, points: [[38.29, 51.7], [73.53, 51.5], [56.03, 71.74], [41.55, 92.37], [70.73, 92.2]],
  detector: 0x300000, facesFile: '/sd/faces.txt',
};

test('values enter the program as Python literals', async () => {
  const source = await renderFaceProgram(values);
  assert.match(source, /^# MobileFaceNet Studio/);
  assert.match(source, /^MODEL = '\/sd\/it\\'s\.kmodel' /m);
  assert.match(source, /^DETECTOR = 3145728 /m);
  assert.match(source, /^LANDMARKS = None /m);
  assert.match(source, /^TURNED = True /m);
  assert.match(source, /^POINTS = \(\(38\.29, 51\.7\), /m);
  assert.doesNotMatch(source, /__[A-Z]/);
});

test('a template that asks for something else, or leaves something out, is a defect', () => {
  assert.throws(() => fillIn('# MobileFaceNet Studio\n__UNKNOWN__', values), /UNKNOWN/);
  assert.throws(() => fillIn('# MobileFaceNet Studio\n__MODEL__', values), /no place for/);
});
