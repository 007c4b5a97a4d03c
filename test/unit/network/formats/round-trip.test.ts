import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { silentProgress } from '../../../../src/base/progress';
import { exportFormats, exportModel, sideCarOf, type ExportFormat } from '../../../../src/network/formats/export-model';
import { faceRecordOf } from '../../../../src/network/formats/face-facts';
import { readModelWeights } from '../../../../src/network/formats/import/read-model-file';
import { inferenceNetwork } from '../../../../src/network/formats/inference-network';
import { transposed, transposedBack } from '../../../../src/network/formats/kernel-layout';
import { createNetwork, networkNames } from '../../../../src/network/mobilefacenet';
import { parseFaceRecord, type FaceFacts, type FaceModel } from '../../../../src/network/model-folder';
import type { Weight } from '../../../../src/network/network-spec';
import { trainedLikeWeights } from '../../../support/trained-weights';

let folder = '';
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'round-trip-'));
});
after(() => rm(folder, { recursive: true, force: true }));

async function exported(model: FaceModel, format: ExportFormat, out: string): Promise<string> {
  await exportModel(model, { format, out, overwrite: true, io: 'int8', progress: silentProgress, signal: new AbortController().signal });
  return out;
}

const facts: FaceFacts = { title: 'a model of a test', threshold: 0.25, template: 'original-128', trained: { run: 'team', step: 7, head: 'arcface' } };

const family = fc.record({
  name: fc.constantFrom(...networkNames), imageSize: fc.constantFrom(64, 80), alpha: fc.constantFrom(0.25, 0.3), embeddingLength: fc.integer({ min: 3, max: 40 }),
}).map(({ name, ...options }): FaceModel => {
  const network = createNetwork(name, options);
  return { record: faceRecordOf(network, facts), weights: trainedLikeWeights(network) };
});

const byName = (weights: ReadonlyMap<string, Weight>): [string, Weight][] => [...weights].sort(([a], [b]) => (a < b ? -1 : 1));

test('a Keras or TensorFlow.js export reads back as the same network with the same weights', async () => {
  await fc.assert(fc.asyncProperty(family, fc.constantFrom('keras', 'tfjs'), async (model, format) => {
    const read = await readModelWeights(await exported(model, format, path.join(folder, format)));
    assert.deepEqual(read.spec, model.record.network);
    assert.deepEqual(byName(read.weights), byName(model.weights));
    assert.deepEqual(read.facts, facts);
  }), { numRuns: 10 });
});

test('an ONNX or float TensorFlow Lite export reads back as the folded network', async () => {
  await fc.assert(fc.asyncProperty(family, fc.constantFrom('onnx', 'tflite'), async (model, format) => {
    const read = await readModelWeights(await exported(model, format, path.join(folder, `model.${format}`)));
    const folded = inferenceNetwork(model.record.network, model.weights);
    assert.deepEqual(read.spec, folded.spec);
    assert.deepEqual(byName(read.weights), byName(folded.weights));
    assert.deepEqual(read.facts, facts);
  }), { numRuns: 10 });
});

test('every export says in face.json how the crops of its training were cut', async () => {
  const network = createNetwork('k210-s', { imageSize: 64, alpha: 0.25, embeddingLength: 8 });
  const model = { record: faceRecordOf(network, facts), weights: trainedLikeWeights(network) };
  for (const format of exportFormats.filter((name) => name !== 'tflite-int8')) {
    const out = await exported(model, format, path.join(folder, `cut-${format}`));
    assert.equal(parseFaceRecord(JSON.parse(await readFile(sideCarOf(out, format), 'utf8')), out).template, 'original-128', format);
  }
});

test('kernels come back from every axis order', () => {
  const shape = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 4, maxLength: 4 });
  fc.assert(fc.property(shape, fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }), (sizes, order) => {
    const weight = { shape: sizes, data: Float32Array.from({ length: sizes.reduce((a, b) => a * b, 1) }, (_, i) => i) };
    assert.deepEqual(transposedBack(transposed(weight, order), order), weight);
  }));
});

test('a TensorFlow.js model of another maker is read as a Keras model, its quantized weights included', async () => {
  const network = createNetwork('k210-s', { imageSize: 64, alpha: 0.25, embeddingLength: 8 });
  const model = { record: faceRecordOf(network, facts), weights: trainedLikeWeights(network) };
  const out = await exported(model, 'tfjs', path.join(folder, 'foreign-tfjs'));
  await rm(path.join(out, 'face.json'));
  const read = await readModelWeights(path.join(out, 'model.json'));
  assert.deepEqual(read.spec.layers, network.layers);
  assert.deepEqual(byName(read.weights), byName(model.weights));
  assert.equal(read.normalizedBy, 'nobody');

  const file = path.join(out, 'model.json');
  const topology = JSON.parse(await readFile(file, 'utf8')) as { weightsManifest: { paths: string[]; weights: { name: string; quantization?: unknown }[] }[] };
  const [group] = topology.weightsManifest;
  assert.ok(group);
  const [scale, min] = [1 / 64, -2];
  // Every third weight in a byte, every third in two, the others as float16 (all 1.5).
  const parts = group.weights.map(({ name }, i) => {
    const { data } = model.weights.get(name) ?? { data: new Float32Array() };
    const dtype = (['uint8', 'uint16', 'float16'] as const)[i % 3] ?? 'uint8';
    const stored = data.map((value) => Math.min(255, Math.max(0, Math.round((value - min) / scale))));
    const bytes = dtype === 'uint8' ? Uint8Array.from(stored) : dtype === 'uint16' ? Uint16Array.from(stored) : new Uint16Array(data.length).fill(0x3e00);
    return { name, quantization: dtype === 'float16' ? { dtype } : { dtype, scale, min }, bytes: Buffer.from(bytes.buffer), values: dtype === 'float16' ? data.map(() => 1.5) : stored.map((value) => value * scale + min) };
  });
  for (const [i, { quantization }] of parts.entries()) (group.weights[i] ?? { quantization }).quantization = quantization;
  await writeFile(path.join(out, group.paths[0] ?? ''), Buffer.concat(parts.map(({ bytes }) => bytes)));
  await writeFile(file, JSON.stringify(topology));
  const quantized = await readModelWeights(file);
  for (const { name, values } of parts) assert.deepEqual(quantized.weights.get(name)?.data, values, name);

  await writeFile(file, JSON.stringify({ format: 'graph-model', modelTopology: { node: [] }, weightsManifest: [] }));
  await assert.rejects(readModelWeights(file), /model\.json is a TensorFlow\.js graph model/);
});

test('a file of no known form, or of another maker, is refused by name', async () => {
  const other = path.join(folder, 'other.bin');
  await writeFile(other, 'nothing of ours');
  await assert.rejects(readModelWeights(other), /other\.bin is in no form that is known here/);
  await assert.rejects(readModelWeights(path.join(folder, 'absent.h5')), /absent\.h5 does not exist/);
  await writeFile(path.join(folder, 'new.keras'), 'PK\x03\x04 and more');
  await assert.rejects(readModelWeights(path.join(folder, 'new.keras')), /new\.keras is a Keras archive/);
  await writeFile(path.join(folder, 'broken.h5'), Buffer.concat([Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'), Buffer.alloc(40)]));
  await assert.rejects(readModelWeights(path.join(folder, 'broken.h5')), /broken\.h5 cannot be read as HDF5/);
});
