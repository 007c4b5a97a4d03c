import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { SeededRandom } from '../../src/base/random';
import { silentProgress } from '../../src/base/progress';
import type { Engine } from '../../src/engine/engine';
import { createEmbedder } from '../../src/evaluation/model-embedder';
import { calibrate, type Calibration } from '../../src/kmodel/compiler/calibrate';
import type { DeviceGraph } from '../../src/kmodel/compiler/device-graph';
import { importNetwork } from '../../src/kmodel/compiler/import-network';
import { arrangeChannels, quantizeNetwork } from '../../src/kmodel/compiler/quantize-network';
import { turnedPicture, turnForStride, type InputTurn } from '../../src/kmodel/compiler/turn-for-stride';
import { convertModel, type ConvertedModel } from '../../src/kmodel/convert';
import { kmodelFactsSchema } from '../../src/kmodel/kmodel-facts';
import { readKmodelFile } from '../../src/kmodel/read-kmodel';
import { SimulatedEmbedder } from '../../src/kmodel/simulated-embedder';
import { createNetwork, type NetworkName } from '../../src/network/mobilefacenet';
import { writeModelFolder, readModelFolder } from '../../src/network/model-folder';
import type { NetworkSpec } from '../../src/network/network-spec';
import { runCli } from '../support/cli';
import { engineTests } from '../support/engine';
import { livelyWeights } from '../support/lively-weights';

const engineTest = engineTests({ kind: 'native' });
const size = 64;
let folder = '';

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'mobilefacenet-convert-'));
});

after(() => rm(folder, { recursive: true, force: true }));

/** Smooth pictures: noise of a few pixels' width. */
function pictures(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, picture) => {
    const random = new SeededRandom(picture, 'picture');
    const waves = Array.from({ length: 6 }, () => ({ x: random.between(-0.4, 0.4), y: random.between(-0.4, 0.4), phase: random.between(0, 6), colour: random.below(3), height: random.between(10, 50) }));
    return Uint8Array.from({ length: size * size * 3 }, (_unused, i) => {
      const [pixel, channel] = [Math.floor(i / 3), i % 3];
      const value = waves.reduce((sum, wave) => sum + (wave.colour === channel ? 1 : 0.4) * wave.height * Math.sin(wave.x * (pixel % size) + wave.y * Math.floor(pixel / size) + wave.phase), 128);
      return Math.min(255, Math.max(0, Math.round(value)));
    });
  });
}

async function convert(engine: Engine, name: NetworkName, weightBits: 8 | 16, change = (spec: NetworkSpec): NetworkSpec => spec): Promise<{ converted: ConvertedModel; out: string; spec: NetworkSpec }> {
  const spec = change(createNetwork(name, { imageSize: size, alpha: 0.25, embeddingLength: 32 }));
  const model = path.join(folder, `${spec.name}-model`);
  await writeModelFolder(model, spec, livelyWeights(spec), { title: spec.name });
  const out = path.join(folder, `${spec.name}-${weightBits}.kmodel`);
  const converted = await convertModel(engine, await readModelFolder(model), {
    out, source: model, calibrationFolder: folder, faces: pictures(12), overwrite: false, weightBits, ranges: 'auto', slopeParts: 'auto', globalDepthwise: 'auto', output: 'l2', progress: silentProgress, signal: new AbortController().signal,
  });
  return { converted, out, spec };
}

engineTest('a K210 network in the simulated chip agrees with its floats, and with the inference graph of the product', async (engine) => {
  const { converted, out, spec } = await convert(engine, 'k210-full', 8);
  assert.ok(converted.facts.agreement.meanCosine > 0.94, `mean cosine ${converted.facts.agreement.meanCosine}`);
  assert.equal(converted.facts.input.turn, 'none');
  const facts = kmodelFactsSchema.parse(JSON.parse(await readFile(out.replace('.kmodel', '.json'), 'utf8')));
  const { kmodel } = await readKmodelFile(out);
  assert.ok(kmodel.version === 3);
  const [picture] = pictures(40).slice(-1) as [Uint8Array];
  const simulated = new SimulatedEmbedder(kmodel.program, facts, out).embed(picture);
  const float = createEmbedder(engine, spec, livelyWeights(spec), { title: 'float' });
  const expected = await float.embed(picture, 1);
  float.close();
  const cosine = simulated.reduce((sum, value, i) => sum + value * (expected[i] ?? 0), 0);
  assert.ok(cosine > 0.9, `cosine ${cosine}`);
});

engineTest('PReLU and residual additions run on the accelerator, and odd strides turn the picture', async (engine) => {
  const { converted } = await convert(engine, 'paper', 16);
  assert.equal(converted.facts.input.turn, 'rotate180');
  assert.deepEqual(converted.facts.layers.filter(({ kind }) => kind === 'quantizedAdd' || kind === 'add'), []);
  assert.ok(converted.facts.agreement.meanCosine > 0.95, `mean cosine ${converted.facts.agreement.meanCosine}`);
  assert.equal(converted.facts.slopes?.length, 33);
  assert.ok(converted.facts.slopes.every(({ slopes, parts }) => slopes <= 5 * parts));
  const { converted: small } = await convert(engine, 'paper', 8);
  assert.ok(small.facts.agreement.meanCosine > 0.9, `8 bits: mean cosine ${small.facts.agreement.meanCosine}`);
});

engineTest('the same model and faces give the same file, and an existing one is not replaced', async (engine) => {
  const { out } = await convert(engine, 'k210-s', 8);
  const first = await readFile(out);
  await assert.rejects(convert(engine, 'k210-s', 8), /exists already/);
  await rm(out);
  await rm(out.replace('.kmodel', '.json'));
  const again = await convert(engine, 'k210-s', 8);
  assert.ok((await readFile(again.out)).equals(first));
});

engineTest('a model that cannot be compiled names its layer and leaves nothing', async (engine) => {
  const widened = (spec: NetworkSpec): NetworkSpec => ({
    ...spec, name: 'refused', layers: spec.layers.map((layer) => (layer.name === 'block_2_dw' ? { ...layer, kernelSize: 5 } as typeof layer : layer)),
  });
  await assert.rejects(convert(engine, 'paper', 8, widened), /Layer block_2_dw .*5 x 5/);
  assert.deepEqual((await readdir(folder)).filter((name) => name.startsWith('refused') && !name.endsWith('-model')), []);
});

engineTest('other channel orders, scales and the turn for stride change nothing in floats', async (engine) => {
  const spec = createNetwork('paper', { imageSize: size, alpha: 0.5, embeddingLength: 32 });
  const network = importNetwork(spec, livelyWeights(spec));
  const { graph, inputTurn } = turnForStride(network);
  const faces = pictures(4);
  const embeddingsOf = async (device: DeviceGraph, turn: InputTurn): Promise<Calibration> =>
    calibrate(engine, device, { count: faces.length, read: (index) => Promise.resolve(turnedPicture(faces[index] as Uint8Array, turn)) }, silentProgress, new AbortController().signal);
  const original = await embeddingsOf(network, 'none');
  const { statistics } = await embeddingsOf(graph, inputTurn);
  const arranged = arrangeChannels({ graph, statistics }, { weightBits: 8, slopeParts: '4', isEqualized: true });
  const { slopeErrors } = quantizeNetwork(arranged, { weightBits: 8, ranges: 'auto' });
  assert.ok([...slopeErrors.values()].some(({ parts }) => parts > 1));
  const changed = await embeddingsOf(arranged.graph, inputTurn);
  original.embeddings.forEach((embedding, face) => {
    const other = changed.embeddings[face] as Float32Array;
    const largest = embedding.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    embedding.forEach((value, i) => assert.ok(Math.abs(value - (other[i] as number)) < 1e-4 * largest, `${value} and ${other[i]}`));
  });
});

test('`convert` refuses before it works when the target is wrong', async () => {
  const { code, stderr } = await runCli(['convert', folder, '--out', path.join(folder, 'model.bin'), '--calibrate', folder]);
  assert.equal(code, 1);
  assert.match(stderr, /does not end in \.kmodel/);
  assert.ok(!existsSync(path.join(folder, 'model.bin')));
});
