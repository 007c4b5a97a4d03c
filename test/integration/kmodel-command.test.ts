import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { bundlePath } from '../../src/base/product';
import { SeededRandom } from '../../src/base/random';
import { kmodelFactsFile, type KmodelFacts } from '../../src/kmodel/kmodel-facts';
import { writeProgram } from '../../src/kmodel/v3/write-program';
import { runCli } from '../support/cli';
import { copyingConv, programOf, randomConv } from '../support/kmodel/sample-programs';
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

const side = 64;
const embeddingLength = 32;

/** A model whose embedding is made of some bytes of the picture, with the facts that belong to it. */
async function writeFaceModel(name: string, firstByte: number): Promise<string> {
  const face = path.join(folder, name);
  const output = 3 * side ** 2;
  const layers = [copyingConv(side, side, 3), { kind: 'dequantize', flags: 1, input: firstByte, output, count: embeddingLength, scale: 0.25, bias: -30 } as const];
  await writeFile(face, writeProgram({ ...programOf(layers, output + 4 * embeddingLength, 0), outputs: [{ addressBytes: output, sizeBytes: 4 * embeddingLength }] }));
  const facts: KmodelFacts = {
    format: 1, toolVersion: '1', source: 'runs/team', input: { size: side, layout: 'CHW', colours: 'RGB', turn: 'none' }, embeddingLength, output: 'raw', weightBits: 8,
    calibration: { folder: 'photos', faces: 8, ranges: 'mse' }, agreement: { faces: 2, meanCosine: 0.9912, leastCosine: 0.98 }, estimatedMs: 1,
    layers: [{ name: 'conv_1', kind: 'conv', estimatedMs: 1, signalToNoiseDb: 31.25 }, { name: 'embedding', kind: 'dequantize', estimatedMs: 1 }],
  };
  await writeFile(kmodelFactsFile(face), JSON.stringify(facts));
  return face;
}

test('`kmodel inspect` tells layers by their names, memory over time and firmware, as data and as text', async () => {
  const face = await writeFaceModel('face.kmodel', 0);
  const { json } = await runCli(['kmodel', 'inspect', face]);
  const [first] = json['layers'] as Record<string, unknown>[];
  assert.equal(first?.['name'], 'conv_1');
  assert.equal(first?.['signalToNoiseDb'], 31.25);
  assert.equal((json['memoryMap'] as { steps: number }).steps, 2);
  assert.ok((json['firmware'] as { loads: boolean }[])[0]?.loads);
  const { stdout } = await promisify(execFile)(process.execPath, [bundlePath('cli.js'), 'kmodel', 'inspect', face]);
  for (const expected of [/made from runs\/team; cosine to it 0\.9912/, /conv_1, 31\.3 dB/, /KPU memory, 2048\.0 KiB/, /work buffer, 12\.1 KiB/, /^ +1 {2}[#=.-]{32}$/m, /loads {2}MaixPy v1, usual build/]) assert.match(stdout, expected);
});

test('`kmodel inspect --compare` embeds the same photos with both models', async () => {
  const [face, other] = [await writeFaceModel('same.kmodel', 0), await writeFaceModel('other.kmodel', 500)];
  const photos = path.join(folder, 'people', 'anna');
  await mkdir(photos, { recursive: true });
  for (let i = 0; i < 3; i++) {
    const random = new SeededRandom(i, 'photo');
    const rgb = Buffer.from(Array.from({ length: side * side * 3 }, () => random.below(256)));
    await sharp(rgb, { raw: { width: side, height: side, channels: 3 } }).png().toFile(path.join(photos, `${i}.png`));
  }
  const compare = async (model: string): Promise<Record<string, unknown>> => {
    const { json, stderr } = await runCli(['kmodel', 'inspect', face, '--compare', model, '--photos', path.dirname(photos), '--aligned']);
    return (json['comparison'] ?? assert.fail(stderr)) as Record<string, unknown>;
  };
  const same = await compare(face);
  assert.equal(same['faces'], 3);
  assert.ok(Math.abs((same['leastCosine'] as number) - 1) < 1e-6);
  assert.ok(((await compare(other))['meanCosine'] as number) < 0.999);
  const { code, stderr } = await runCli(['kmodel', 'inspect', face, '--compare', face]);
  assert.equal(code, 1);
  assert.match(stderr, /--compare is given without --photos/);
});

test('bad input is told in a sentence', async () => {
  const missing = await runCli(['kmodel', 'inspect', path.join(folder, 'no.kmodel')]);
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /no\.kmodel cannot be read \(ENOENT\)/);
  const notPicture = await runCli(['kmodel', 'run', file(), file()]);
  assert.equal(notPicture.code, 1);
  assert.match(notPicture.stderr, /small\.kmodel cannot be read as a picture/);
});
