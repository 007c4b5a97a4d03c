import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { inspectProgramV4 } from '../../../src/kmodel/inspect';
import { readKmodel } from '../../../src/kmodel/read-kmodel';
import { Simulator } from '../../../src/kmodel/simulator/simulate';
import { readProgram } from '../../../src/kmodel/v3/read-program';
import { writeProgram } from '../../../src/kmodel/v3/write-program';

const folder = path.join(process.cwd(), '..', 'shared', 'data', 'kmodels');
const skip = existsSync(folder) ? false : `real K210 files are not there: ${folder}`;
const read = (file: string): Buffer => readFileSync(path.join(folder, file));

for (const file of ['v3-five-landmarks.kmodel', 'v3-mnist.kmodel']) {
  test(`${file} is written again byte for byte`, { skip }, () => {
    const bytes = read(file);
    const written = Buffer.from(writeProgram(readProgram(bytes, file)));
    // nncase leaves the zeros after the last body out.
    assert.ok(written.length - bytes.length < 8);
    assert.ok(written.subarray(bytes.length).every((byte) => byte === 0));
    assert.ok(written.subarray(0, bytes.length).equals(bytes));
  });
}

/** Strokes of digits on 28 x 28 pixels: x0, y0, x1, y1. */
const strokes: Record<string, readonly (readonly [number, number, number, number])[]> = {
  0: [[10, 6, 18, 6], [18, 6, 19, 21], [19, 21, 9, 21], [9, 21, 10, 6]],
  1: [[14, 5, 14, 22]],
  3: [[9, 6, 18, 6], [18, 6, 18, 22], [11, 13, 18, 13], [9, 22, 18, 22]],
  4: [[9, 5, 9, 14], [9, 14, 20, 14], [18, 5, 18, 23]],
};

function draw(lines: readonly (readonly [number, number, number, number])[]): Uint8Array {
  const picture = new Uint8Array(28 * 28);
  for (const [x0, y0, x1, y1] of lines) {
    for (let t = 0; t <= 40; t++) {
      const x = Math.round(x0 + ((x1 - x0) * t) / 40);
      const y = Math.round(y0 + ((y1 - y0) * t) / 40);
      for (let dy = -1; dy <= 1; dy++) picture.fill(255, (y + dy) * 28 + x - 1, (y + dy) * 28 + x + 2);
    }
  }
  return picture;
}

test('the digits model of another compiler recognises drawn digits in the simulator', { skip }, () => {
  const simulator = new Simulator(readProgram(read('v3-mnist.kmodel'), 'mnist'), 'mnist');
  for (const [digit, lines] of Object.entries(strokes)) {
    const [output] = simulator.run(draw(lines));
    const scores = new Float32Array((output as Uint8Array).slice().buffer);
    assert.equal(scores.indexOf(Math.max(...scores)), Number(digit));
    assert.ok(Math.max(...scores) > 0.9, `digit ${digit}: ${[...scores].join(' ')}`);
  }
});

test('a model of version 4 is listed node by node', { skip }, () => {
  const bytes = read('v4-face-detect-320x240.kmodel');
  const kmodel = readKmodel(bytes, 'v4');
  assert.ok(kmodel.version === 4);
  const report = inspectProgramV4(kmodel.program, bytes.length);
  assert.equal(report.layers.length, 33);
  assert.equal(report.layers.filter(({ kind }) => kind.startsWith('opcode')).length, 0);
  assert.match(report.layers[2]?.shape ?? '', /^3x3, 320 x 256 x 3 -> 160 x 128 x 8$/);
});

test('files that a reader must refuse are refused by name', { skip }, () => {
  assert.throws(() => readKmodel(read('v1-face-detect-reject.kmodel'), 'old.kmodel'), /old\.kmodel is a kmodel of version 1/);
  assert.throws(() => readKmodel(read('v5-mnist-reject.kmodel'), 'new.kmodel'), /new\.kmodel is a kmodel of version 5/);
  assert.throws(() => readKmodel(read('v3-facedetect-at-0x300000.kfpkg'), 'a.kfpkg'), /zip archive/);
});
