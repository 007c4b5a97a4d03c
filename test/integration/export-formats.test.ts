import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe } from 'node:test';
import { silentProgress } from '../../src/base/progress';
import { cosineScores } from '../../src/evaluation/embedding';
import { createEmbedder } from '../../src/evaluation/model-embedder';
import type { Engine } from '../../src/engine/engine';
import { faceRecordOf } from '../../src/network/formats/face-facts';
import { exportFormats, exportModel, type ExportFormat } from '../../src/network/formats/export-model';
import { createNetwork, networkNames } from '../../src/network/mobilefacenet';
import type { FaceModel } from '../../src/network/model-folder';
import { engineTests } from '../support/engine';
import { pythonWith, runPython } from '../support/python';
import { smoothCrops } from '../support/smooth-crops';
import { trainedLikeWeights } from '../support/trained-weights';

const imageSize = 64;
const count = 3;
/** What differs from one exact answer by rounding alone, and the least cosine where weights or everything is int8. */
const floatTolerance = 1e-4;
const leastCosine: Partial<Record<ExportFormat, number>> = { 'tflite-dynamic': 0.99, 'tflite-int8': 0.97 };

function modelOf(name: (typeof networkNames)[number]): FaceModel {
  const network = createNetwork(name, { imageSize, alpha: 0.25, embeddingLength: 64 });
  return { record: faceRecordOf(network, { title: name, threshold: 0.4 }), weights: trainedLikeWeights(network) };
}

const exportOptions = (engine: Engine, format: ExportFormat, out: string): Parameters<typeof exportModel>[1] => ({
  format, out, overwrite: false, io: 'int8', progress: silentProgress, signal: new AbortController().signal,
  calibration: { percentile: 100, loadCrops: () => Promise.resolve(smoothCrops('calibration', 16, imageSize)), openRunner: () => Promise.resolve(engine) },
});

/** Exports a network in every format, with the picture to run it on; gives our own embedding of it. */
async function exportAll(engine: Engine, name: (typeof networkNames)[number], base: string): Promise<Float32Array> {
  const model = modelOf(name);
  for (const format of exportFormats) await exportModel(model, exportOptions(engine, format, path.join(base, format === 'keras' ? 'keras.h5' : format)));
  await exportModel(model, { ...exportOptions(engine, 'tflite-int8', path.join(base, 'tflite-int8-float')), io: 'float32' });
  const pixels = Buffer.concat(smoothCrops('test', count, imageSize));
  await writeFile(path.join(base, 'input.json'), JSON.stringify({ pixels: [...pixels], shape: [count, imageSize, imageSize, 3], ...model.record.normalization }));
  const embedder = createEmbedder(engine, model.record.network, model.weights, { title: name });
  try {
    return await embedder.embed(pixels, count);
  } finally {
    embedder.close();
  }
}

/** Runs every exported model on input.json with its own runtime: the embeddings by format, L2-normalised. */
const runAll = `
import json, os, sys
import numpy as np
import tensorflow as tf
import onnxruntime
def unit(y):
    y = np.asarray(y, np.float64)
    return (y / np.linalg.norm(y, axis=1, keepdims=True)).ravel().tolist()
def lite(file, x):
    interpreter = tf.lite.Interpreter(file)
    (i,), (o,) = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.resize_tensor_input(i["index"], x.shape)
    interpreter.allocate_tensors()
    scale, zero = i["quantization"]
    value = np.clip(np.round(x / scale + zero), -128, 127).astype(np.int8) if i["dtype"] == np.int8 else x
    interpreter.set_tensor(i["index"], value)
    interpreter.invoke()
    y = interpreter.get_tensor(o["index"])
    scale, zero = o["quantization"]
    return (y.astype(np.float32) - zero) * scale if o["dtype"] == np.int8 else y
def onnx(file, x):
    session = onnxruntime.InferenceSession(file)
    return session.run(["embedding"], {"input": np.transpose(x, (0, 3, 1, 2))})[0]
def saved_model(folder, x):
    return tf.saved_model.load(folder).signatures["serving_default"](input=tf.constant(x))["embedding"].numpy()
def keras(file, x):
    return tf.keras.models.load_model(file + ".h5", compile=False)(x).numpy()
runs = {"keras": keras, "tflite": lite, "tflite-dynamic": lite, "tflite-int8": lite, "tflite-int8-float": lite, "onnx": onnx, "savedmodel": saved_model}
def run_all(folder):
    facts = json.load(open(os.path.join(folder, "input.json")))
    x = ((np.array(facts["pixels"], np.float32) - facts["mean"]) / facts["deviation"]).reshape(facts["shape"]).astype(np.float32)
    return {name: unit(run(os.path.join(folder, name), x)) for name, run in runs.items()}
print(json.dumps({name: run_all(os.path.join(sys.argv[1], name)) for name in sys.argv[2:]}))
`;

describe('exports are run by other runtimes', () => {
  const test = engineTests({ kind: 'native' });
  let folder = '';
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'export-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  test('Keras, TensorFlow Lite, ONNX Runtime and SavedModel give the embedding of the inference graph', async (engine, context) => {
    const python = pythonWith('tensorflow', 'numpy', 'onnxruntime');
    if (python.missing !== undefined) return context.skip(python.missing);
    const expected = new Map<string, Float32Array>();
    for (const name of networkNames) expected.set(name, await exportAll(engine, name, path.join(folder, name)));
    const answers = await runPython<Record<string, Record<string, number[]>>>(python.interpreter, runAll, { args: [folder, ...networkNames] });
    for (const [name, theirs] of Object.entries(answers)) {
      const ours = expected.get(name) ?? new Float32Array();
      for (const [format, embedding] of Object.entries(theirs)) {
        assert.equal(embedding.length, ours.length, format);
        const difference = Math.max(...embedding.map((value, i) => Math.abs(value - (ours[i] ?? NaN))));
        const cosine = Math.min(...cosineScores(Float32Array.from([...ours, ...embedding]), ours.length / count, [0, 1, 2], [3, 4, 5]));
        context.diagnostic(`${name} as ${format}: largest difference ${difference.toExponential(2)}, least cosine ${cosine.toFixed(6)}`);
        const least = leastCosine[format.replace(/-float$/, '') as ExportFormat];
        if (least === undefined) assert.ok(difference < floatTolerance, `${name} as ${format} differs by ${difference}`);
        else assert.ok(cosine > least, `${name} as ${format} has cosine ${cosine}`);
      }
    }
  });

  test('an existing target is refused, and replaced when that is asked for', async (engine) => {
    const model = modelOf('k210-s');
    const out = path.join(folder, 'twice.onnx');
    const options = exportOptions(engine, 'onnx', out);
    await exportModel(model, options);
    const first = await readFile(out);
    await assert.rejects(exportModel(model, options), /twice\.onnx exists already\. *$/u);
    await exportModel({ ...model, weights: new Map([...model.weights].map(([key, weight]) => [key, { ...weight, data: weight.data.map((value) => value * 0.5) }])) }, { ...options, overwrite: true });
    assert.notDeepEqual(await readFile(out), first);
    const side = JSON.parse(await readFile(`${out}.face.json`, 'utf8')) as Record<string, unknown>;
    assert.equal(side['threshold'], 0.4);
    assert.equal(side['imageSize'], imageSize);
  });

  test('int8 without faces or with too few is refused, and nothing is written', async (engine) => {
    const { calibration, ...options } = exportOptions(engine, 'tflite-int8', path.join(folder, 'never.tflite'));
    await assert.rejects(exportModel(modelOf('k210-s'), options), /tflite-int8 needs faces/);
    const few = { ...options, calibration: { percentile: 100, openRunner: calibration?.openRunner ?? (() => Promise.resolve(engine)), loadCrops: () => Promise.resolve(smoothCrops('few', 3, imageSize)) } };
    await assert.rejects(exportModel(modelOf('k210-s'), few), /Only 3 faces/);
    assert.ok(!existsSync(path.join(folder, 'never.tflite')));
  });
});
