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

test('a file of no known form, or of another maker, is refused by name', async () => {
  const other = path.join(folder, 'other.bin');
  await writeFile(other, 'nothing of ours');
  await assert.rejects(readModelWeights(other), /other\.bin is in no form that is known here/);
  await assert.rejects(readModelWeights(path.join(folder, 'absent.h5')), /absent\.h5 does not exist/);
  await writeFile(path.join(folder, 'broken.h5'), Buffer.concat([Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'), Buffer.alloc(40)]));
  await assert.rejects(readModelWeights(path.join(folder, 'broken.h5')), /broken\.h5 cannot be read as HDF5/);
});
