import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before } from 'node:test';
import { silentProgress } from '../../src/base/progress';
import type { Engine } from '../../src/engine/engine';
import { createEmbedder, readModel } from '../../src/evaluation/model-embedder';
import type { DeviceGraph } from '../../src/kmodel/compiler/device-graph';
import { importNetwork } from '../../src/kmodel/compiler/import-network';
import { convertModel } from '../../src/kmodel/convert';
import { kmodelFactsSchema } from '../../src/kmodel/kmodel-facts';
import { readKmodelFile } from '../../src/kmodel/read-kmodel';
import { SimulatedEmbedder } from '../../src/kmodel/simulated-embedder';
import type { InputNormalization } from '../../src/network/formats/import/input-normalization';
import { inputNormalization } from '../../src/network/formats/import/normalization-option';
import { exportModel, type ExportFormat } from '../../src/network/formats/export-model';
import { createNetwork } from '../../src/network/mobilefacenet';
import { writeModelFolder, type FaceModel } from '../../src/network/model-folder';
import { faceFileName } from '../../src/network/model-files';
import { engineTests } from '../support/engine';
import { smoothCrops } from '../support/smooth-crops';
import { trainedLikeWeights } from '../support/trained-weights';

const engineTest = engineTests({ kind: 'native' });
const size = 64;
const crops = smoothCrops('convert', 10, size);
const [judged = new Uint8Array()] = smoothCrops('judged', 1, size);
let folder = '';

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'convert-exports-'));
});
after(() => rm(folder, { recursive: true, force: true }));

/** What the simulated chip makes of the judged picture. */
async function compiledEmbedding(engine: Engine, model: FaceModel, name: string): Promise<Float32Array> {
  const out = path.join(folder, `${name}.kmodel`);
  await convertModel(engine, model, {
    out, source: name, calibrationFolder: folder, faces: crops, overwrite: false, weightBits: 16, ranges: 'auto', slopeParts: 'auto', output: 'l2', progress: silentProgress, signal: new AbortController().signal,
  });
  const { kmodel } = await readKmodelFile(out);
  assert.ok(kmodel.version === 3);
  const facts = kmodelFactsSchema.parse(JSON.parse(await readFile(out.replace('.kmodel', '.json'), 'utf8')));
  return new SimulatedEmbedder(kmodel.program, facts, out).embed(judged);
}

/** What the compiler makes of a model before it sees any face; the same graph and faces give the same program. */
async function graphOf(source: string, normalization?: InputNormalization): Promise<DeviceGraph> {
  const { record, weights } = await readModel(source, normalization);
  return importNetwork(record.network, weights);
}

function cosine(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? NaN), 0);
}

engineTest('what is exported compiles to the program of the run, and is as near to the embedding of the run', async (engine, context) => {
  const spec = createNetwork('k210-s', { imageSize: size, alpha: 0.25, embeddingLength: 32 });
  const run = path.join(folder, 'run');
  await writeModelFolder(run, spec, trainedLikeWeights(spec), { title: 'run' });
  const model = await readModel(run);
  const graph = await graphOf(run);
  const own = await compiledEmbedding(engine, model, 'own');
  const embedder = createEmbedder(engine, model.record.network, model.weights, { title: 'run' });
  const expected = await embedder.embed(judged, 1);
  embedder.close();
  const ownCosine = cosine(own, expected);
  assert.ok(ownCosine > 0.95, `the run itself: cosine ${ownCosine}`);

  const calibration = { percentile: 100, loadCrops: () => Promise.resolve(crops), openRunner: () => Promise.resolve(engine) };
  const exported = async (format: ExportFormat, name: string): Promise<string> => {
    const out = path.join(folder, name);
    await exportModel(model, { format, out, overwrite: false, io: 'int8', calibration, progress: silentProgress, signal: new AbortController().signal });
    return out;
  };
  for (const [format, name] of [['keras', 'run.h5'], ['tfjs', 'run-tfjs'], ['tflite', 'run.tflite'], ['onnx', 'run.onnx']] as const) {
    assert.deepEqual(await graphOf(await exported(format, name)), graph, `${format} compiles to another program`);
  }
  for (const [format, name] of [['tflite-dynamic', 'dynamic.tflite'], ['tflite-int8', 'int8.tflite']] as const) {
    const embedding = await compiledEmbedding(engine, await readModel(await exported(format, name)), name);
    context.diagnostic(`${format}: cosine ${cosine(embedding, expected).toFixed(4)}, the run itself ${ownCosine.toFixed(4)}`);
    assert.ok(cosine(embedding, expected) > ownCosine - 0.03, `${format}: cosine ${cosine(embedding, expected)}, the run itself ${ownCosine}`);
  }

  // The same files without our description of them are read as any other maker's.
  await rm(path.join(folder, 'run-tfjs', faceFileName));
  const anonymous = async (name: string): Promise<string> => {
    const file = path.join(folder, `anonymous-${name}`);
    const bytes = await readFile(path.join(folder, name));
    for (let at = bytes.indexOf('mobilefacenet.face'); at >= 0; at = bytes.indexOf('mobilefacenet.face')) bytes.write('m', at + 1);
    await writeFile(file, bytes);
    return file;
  };
  for (const source of [path.join(folder, 'run-tfjs'), await anonymous('run.tflite'), await anonymous('run.onnx')]) {
    await assert.rejects(readModel(source), /does not say how pixels enter/);
    assert.deepEqual(await graphOf(source, inputNormalization('insightface')), graph, `${source} compiles to another program`);
  }
});
