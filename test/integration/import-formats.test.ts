import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe } from 'node:test';
import { SeededRandom } from '../../src/base/random';
import type { Engine } from '../../src/engine/engine';
import { createEmbedder, readModel } from '../../src/evaluation/model-embedder';
import { readModelWeights } from '../../src/network/formats/import/read-model-file';
import { decodeHdf5, encodeHdf5, type Hdf5Group } from '../../src/network/formats/keras/hdf5-file';
import { engineTests } from '../support/engine';
import { makeOriginalFiles } from '../support/original-keras-files';
import { pythonWith, runPython } from '../support/python';
import { runCli } from '../support/cli';

const imageSize = 64;
const count = 2;

describe('the original project\'s files', () => {
  const test = engineTests({ kind: 'native' });
  let folder = '';
  let expected: Readonly<Record<string, readonly number[]>> = {};
  let missing: string | undefined;
  const random = new SeededRandom(11, 'pixels');
  const pixels = Uint8Array.from({ length: count * imageSize ** 2 * 3 }, () => random.below(256));

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'import-'));
    const python = pythonWith('tensorflow', 'keras', 'h5py', 'numpy');
    missing = python.missing;
    if (python.missing !== undefined) return;
    await writeFile(path.join(folder, 'input.json'), JSON.stringify({ pixels: [...pixels], shape: [count, imageSize, imageSize, 3] }));
    expected = await runPython(python.interpreter, makeOriginalFiles, { args: [folder] });
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function differenceOf(engine: Engine, file: string): Promise<number> {
    const { record, weights } = await readModel(path.join(folder, file));
    const embedder = createEmbedder(engine, record.network, weights, { title: file });
    try {
      const ours = await embedder.embed(pixels, count);
      const theirs = expected[file] ?? [];
      assert.equal(ours.length, theirs.length);
      return Math.max(...ours.map((value, i) => Math.abs(value - (theirs[i] ?? NaN))));
    } finally {
      embedder.close();
    }
  }

  const files = ['train-s-arcface.h5', 'train-full-weights.h5', 'train-m-softmax-weights.h5', 'infer-m.h5', 'keras3-m-softmax.h5'];
  for (const file of files) {
    test(`${file} gives the embedding that Keras computes`, async (engine, context) => {
      if (missing !== undefined) return context.skip(missing);
      const difference = await differenceOf(engine, file);
      context.diagnostic(`largest difference ${difference.toExponential(2)}`);
      assert.ok(difference < 1e-4, `differs by ${difference}`);
    });
  }

  test('the inference network is told from the training network', async (_engine, context) => {
    if (missing !== undefined) return context.skip(missing);
    const notes = async (file: string): Promise<string> => (await readModelWeights(path.join(folder, file))).notes.join(' ');
    assert.match(await notes('infer-m.h5'), /16 separable blocks with the last stride 2 at block 13: the original's inference network/);
    assert.doesNotMatch(await notes('train-s-arcface.h5'), /inference network/);
    assert.match(await notes('train-s-arcface.h5'), /head was left out: .*ArcFaceLossLayer/);
  });

  test('import makes a model folder that embeds the same, on the command line', async (engine, context) => {
    if (missing !== undefined) return context.skip(missing);
    const out = path.join(folder, 'imported');
    const imported = await runCli(['import', path.join(folder, 'train-s-arcface.h5'), '--out', out]);
    assert.equal(imported.code, 0, imported.stderr);
    assert.equal(imported.json['embeddingLength'], 32);
    assert.deepEqual(imported.json['normalization'], { mean: 127.5, deviation: 127.5 });
    const again = await runCli(['import', path.join(folder, 'train-s-arcface.h5'), '--out', out]);
    assert.equal(again.code, 1);
    assert.match(again.stderr, /exists already/);
    expected = { ...expected, imported: expected['train-s-arcface.h5'] ?? [] };
    assert.ok((await differenceOf(engine, 'imported')) < 1e-4);
  });

  test('weights of another shape and missing layers are named with both shapes', async (_engine, context) => {
    if (missing !== undefined) return context.skip(missing);
    const root = await decodeHdf5(await readFile(path.join(folder, 'train-s-arcface.h5')));
    const model = root.groups.get('model_weights');
    assert.ok(model);
    const damage = async (name: string, groups: ReadonlyMap<string, Hdf5Group>): Promise<string> => {
      const file = path.join(folder, name);
      await writeFile(file, await encodeHdf5({ ...root, groups: new Map([['model_weights', { ...model, groups }]]) }));
      return file;
    };
    const kernel: Hdf5Group = { attributes: new Map(), groups: new Map(), datasets: new Map([['kernel:0', { shape: [1, 1, 16, 8], data: new Float32Array(128) }]]) };
    const other = { attributes: new Map([['weight_names', ['conv_pw_3/kernel:0']]]), groups: new Map([['conv_pw_3', kernel]]), datasets: new Map() };
    const wrong = await damage('wrong.h5', new Map([...model.groups, ['conv_pw_3', other]]));
    await assert.rejects(readModelWeights(wrong), /Layer conv_pw_3 of .*wrong\.h5 has a kernel of \[1, 1, 16, 8\]; expected \[1, 1, 16, 16\]\./);
    const less = await damage('less.h5', new Map([...model.groups].filter(([name]) => name !== 'conv_dw_2_bn')));
    await assert.rejects(readModelWeights(less), /Layer conv_dw_2_bn has no weights in .*less\.h5; expected gamma \[16\]\./);
    const refused = await runCli(['import', wrong, '--out', path.join(folder, 'never')]);
    assert.equal(refused.code, 1);
    assert.ok(!existsSync(path.join(folder, 'never')));
  });
});
