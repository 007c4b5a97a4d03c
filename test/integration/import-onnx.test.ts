import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe } from 'node:test';
import { silentProgress } from '../../src/base/progress';
import { SeededRandom } from '../../src/base/random';
import { createEmbedder, readModel } from '../../src/evaluation/model-embedder';
import { convertModel } from '../../src/kmodel/convert';
import { inputNormalization } from '../../src/network/formats/import/normalization-option';
import { runCli } from '../support/cli';
import { engineTests } from '../support/engine';
import { makeTorchNetworks } from '../support/foreign-networks';
import { pythonWith, runPython } from '../support/python';
import { smoothCrops } from '../support/smooth-crops';

const imageSize = 64;
const count = 2;

describe('ONNX files from PyTorch', () => {
  const test = engineTests({ kind: 'native' });
  let folder = '';
  let expected: Readonly<Record<string, readonly number[]>> = {};
  let missing: string | undefined;
  const random = new SeededRandom(17, 'pixels');
  const pixels = Uint8Array.from({ length: count * imageSize ** 2 * 3 }, () => random.below(256));

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'import-onnx-'));
    const python = pythonWith('torch', 'onnx', 'onnxruntime', 'numpy');
    missing = python.missing;
    if (python.missing !== undefined) return;
    await writeFile(path.join(folder, 'input.json'), JSON.stringify({ pixels: [...pixels], shape: [count, imageSize, imageSize, 3] }));
    expected = await runPython(python.interpreter, makeTorchNetworks, { args: [folder] });
  });
  after(() => rm(folder, { recursive: true, force: true }));

  test('networks of InsightFace\'s kinds give the embedding of ONNX Runtime, unfolded and folded', async (engine, context) => {
    if (missing !== undefined) return context.skip(missing);
    assert.ok(Object.keys(expected).length >= 13);
    for (const [name, theirs] of Object.entries(expected)) {
      const normalization = name.startsWith('scaled') ? undefined : inputNormalization('insightface');
      const { record, weights } = await readModel(path.join(folder, `${name}.onnx`), normalization);
      const embedder = createEmbedder(engine, record.network, weights, { title: name });
      const ours = await embedder.embed(pixels, count);
      embedder.close();
      assert.equal(ours.length, theirs.length, name);
      const difference = Math.max(...ours.map((value, i) => Math.abs(value - (theirs[i] ?? NaN))));
      context.diagnostic(`${name}: ${record.network.layers.length} layers, largest difference ${difference.toExponential(2)}`);
      assert.ok(difference < 1e-4, `${name} differs by ${difference}`);
    }
  });

  test('InsightFace\'s MobileFaceNet compiles for the K210, PReLU and the normalisation of each channel included', async (engine, context) => {
    if (missing !== undefined) return context.skip(missing);
    for (const [name, normalization] of [['prelu', inputNormalization('insightface')], ['scaled', undefined]] as const) {
      const model = await readModel(path.join(folder, `${name}.onnx`), normalization);
      const { facts } = await convertModel(engine, model, {
        out: path.join(folder, `${name}.kmodel`), source: name, calibrationFolder: folder, faces: smoothCrops('onnx', 12, imageSize), overwrite: false, weightBits: 16, ranges: 'auto', slopeParts: 'auto', output: 'l2',
        progress: silentProgress, signal: new AbortController().signal,
      });
      context.diagnostic(`${name}: mean cosine ${facts.agreement.meanCosine.toFixed(5)}`);
      assert.equal(facts.input.turn, 'none');
      assert.ok(facts.agreement.meanCosine > 0.95, `${name}: mean cosine ${facts.agreement.meanCosine}`);
    }
  });

  test('a file that does not say how pixels enter is refused with the option, and taken with it', async (_engine, context) => {
    if (missing !== undefined) return context.skip(missing);
    const file = path.join(folder, 'prelu.onnx');
    const out = path.join(folder, 'prelu.tflite');
    const refused = await runCli(['export', file, '--format', 'tflite', '--out', out]);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /prelu\.onnx does not say how pixels enter its network\. *\n?.*--normalize tf/u);
    const taken = await runCli(['export', file, '--format', 'tflite', '--out', out, '--normalize', 'insightface']);
    assert.equal(taken.code, 0, taken.stderr);
    assert.deepEqual(taken.json['normalization'], { mean: 127.5, deviation: 128 });
    const wrong = await runCli(['export', file, '--format', 'tflite', '--out', out, '--normalize', 'somehow']);
    assert.equal(wrong.code, 2);
    const contradicted = await runCli(['export', path.join(folder, 'scaled.onnx'), '--format', 'onnx', '--out', path.join(folder, 'never.onnx'), '--normalize', 'tf']);
    assert.equal(contradicted.code, 1);
    assert.match(contradicted.stderr, /says itself how pixels enter/);
  });
});
