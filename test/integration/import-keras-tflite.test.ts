import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe } from 'node:test';
import { SeededRandom } from '../../src/base/random';
import { cosineScores } from '../../src/evaluation/embedding';
import { createEmbedder, readModel } from '../../src/evaluation/model-embedder';
import { inputNormalization } from '../../src/network/formats/import/normalization-option';
import { readModelWeights } from '../../src/network/formats/import/read-model-file';
import { engineTests } from '../support/engine';
import { makeKerasNetworks } from '../support/foreign-networks';
import { pythonWith, runPython } from '../support/python';

const imageSize = 64;
const count = 2;

describe('Keras and TensorFlow Lite files of other makers', () => {
  const test = engineTests({ kind: 'native' });
  let folder = '';
  let expected: Readonly<Record<string, readonly number[]>> = {};
  let missing: string | undefined;
  const random = new SeededRandom(23, 'pixels');
  const pixels = Uint8Array.from({ length: count * imageSize ** 2 * 3 }, () => random.below(256));

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'import-keras-'));
    const python = pythonWith('tensorflow', 'keras', 'numpy');
    missing = python.missing;
    if (python.missing !== undefined) return;
    await writeFile(path.join(folder, 'input.json'), JSON.stringify({ pixels: [...pixels], shape: [count, imageSize, imageSize, 3] }));
    expected = await runPython(python.interpreter, makeKerasNetworks, { args: [folder] });
  });
  after(() => rm(folder, { recursive: true, force: true }));

  test('they give the embedding that Keras and the interpreter compute', async (engine, context) => {
    if (missing !== undefined) return context.skip(missing);
    const files = Object.entries(expected).filter(([file]) => !file.startsWith('swish'));
    assert.equal(files.length, 15);
    for (const [file, theirs] of files) {
      // Interpreters of 8-bit models compute in 8 bits, and we in floats with the same weights.
      const isInexact = /dynamic|int8/.test(file);
      const { record, weights } = await readModel(path.join(folder, file), file.startsWith('separable') ? undefined : inputNormalization('tf'));
      const embedder = createEmbedder(engine, record.network, weights, { title: file });
      const ours = await embedder.embed(pixels, count);
      embedder.close();
      assert.equal(ours.length, theirs.length, file);
      const difference = Math.max(...ours.map((value, i) => Math.abs(value - (theirs[i] ?? NaN))));
      const cosine = Math.min(...cosineScores(Float32Array.from([...ours, ...theirs]), ours.length / count, [0, 1], [2, 3]));
      context.diagnostic(`${file}: largest difference ${difference.toExponential(2)}, least cosine ${cosine.toFixed(5)}`);
      if (isInexact) assert.ok(cosine > 0.97, `${file} has cosine ${cosine}`);
      else assert.ok(difference < 1e-4, `${file} differs by ${difference}`);
    }
  });

  test('what is not known is named with its layer and its shape', async (_engine, context) => {
    if (missing !== undefined) return context.skip(missing);
    await assert.rejects(readModelWeights(path.join(folder, 'lambda.h5')), /Layer halved \(Lambda, on 8\) of .*lambda\.h5 is a Lambda, whose code is no part of the file/);
    await assert.rejects(readModelWeights(path.join(folder, 'swish.h5')), /Layer swish \(Activation, on 62 x 62 x 8\) of .*swish\.h5 has the activation hard_s/);
    await assert.rejects(readModelWeights(path.join(folder, 'swish.tflite')), /\(HARD_SWISH, on 62 x 62 x 8\)/);
  });
});
