import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import { SeededRandom } from '../../src/base/random';
import { writeProgram } from '../../src/kmodel/v3/write-program';
import { runCli } from '../support/cli';
import { programOf, randomConv } from '../support/kmodel/sample-programs';
import { slowConvolution } from '../support/kmodel/slow-convolution';

let folder = '';
const file = (): string => path.join(folder, 'small.kmodel');
const conv = randomConv({ width: 20, height: 12, inputChannels: 3, outputChannels: 2, kernelSize: 3, depthwise: false, poolType: 1, weightBits: 8 }, new SeededRandom(8, 'command'));

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'mobilefacenet-kmodel-'));
  await writeFile(file(), writeProgram(programOf([conv], 120, 120)));
});

after(() => rm(folder, { recursive: true, force: true }));

test('`kmodel inspect` lists the layers', async () => {
  const { code, json } = await runCli(['kmodel', 'inspect', file()]);
  assert.equal(code, 0);
  assert.equal(json['version'], 3);
  assert.equal(json['input'], '20 x 12 x 3 bytes');
  assert.equal((json['layers'] as unknown[]).length, 1);
});

test('`kmodel run` gives the bytes that the chip would', async () => {
  const random = new SeededRandom(2, 'pixels');
  const rgb = Buffer.from(Array.from({ length: 20 * 12 * 3 }, () => random.below(256)));
  const photo = path.join(folder, 'photo.png');
  await sharp(rgb, { raw: { width: 20, height: 12, channels: 3 } }).png().toFile(photo);
  const { code, json } = await runCli(['kmodel', 'run', file(), photo]);
  assert.equal(code, 0);
  const planar = Uint8Array.from({ length: rgb.length }, (_, i) => rgb[(i % 240) * 3 + Math.floor(i / 240)] as number);
  assert.deepEqual((json['photos'] as { outputs: number[][] }[])[0]?.outputs[0], [...slowConvolution(conv, planar)]);
});

test('bad input is told in a sentence', async () => {
  const missing = await runCli(['kmodel', 'inspect', path.join(folder, 'no.kmodel')]);
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /no\.kmodel cannot be read \(ENOENT\)/);
  const notPicture = await runCli(['kmodel', 'run', file(), file()]);
  assert.equal(notPicture.code, 1);
  assert.match(notPicture.stderr, /small\.kmodel cannot be read as a picture/);
});
