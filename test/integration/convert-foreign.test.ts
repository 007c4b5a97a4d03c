import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before } from 'node:test';
import { silentProgress } from '../../src/base/progress';
import { UserError } from '../../src/base/user-error';
import { createEmbedder } from '../../src/evaluation/model-embedder';
import { buildFloatGraph } from '../../src/kmodel/compiler/float-graph';
import { importNetwork } from '../../src/kmodel/compiler/import-network';
import { turnForStride } from '../../src/kmodel/compiler/turn-for-stride';
import { convertModel } from '../../src/kmodel/convert';
import { faceRecordOf } from '../../src/network/formats/face-facts';
import { withInputNormalization } from '../../src/network/formats/import/input-normalization';
import { inputNormalization } from '../../src/network/formats/import/normalization-option';
import { networkSpecFormat, type Layer, type NetworkSpec } from '../../src/network/network-spec';
import { engineTests } from '../support/engine';
import { smoothCrops } from '../support/smooth-crops';
import { trainedLikeWeights } from '../support/trained-weights';

const engineTest = engineTests({ kind: 'native' });
const size = 32;
let folder = '';
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'convert-foreign-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const bn = (name: string, input: string): Layer => ({ kind: 'batchNormalization', name, input, epsilon: 1e-5, momentum: 0.9 });
const pad = (name: string, input: string): Layer => ({ kind: 'zeroPadding2d', name, input, padding: [[1, 1], [1, 1]] });
const leaky = (name: string, input: string): Layer => ({ kind: 'leakyRelu', name, input, negativeSlope: 0.2 });
const conv = (name: string, input: string, filters: number, kernelSize: number, strides = 1): Layer => ({
  kind: 'conv2d', name, input, filters, kernelSize, strides, padding: strides === 2 ? 'valid' : 'same', useBias: false,
});

function network(layers: readonly Layer[]): NetworkSpec {
  return { format: networkSpecFormat, name: 'foreign', layers, output: layers.at(-1)?.name ?? '', embeddingLength: 12, normalization: { mean: 0, deviation: 1 } };
}

/** As residual networks in PyTorch have it: batch normalisation first, additions of 3 x 3 convolutions, activations of their own. */
const layers: readonly Layer[] = [
  { kind: 'input', name: 'picture', shape: [size, size, 3] },
  pad('stem_pad', 'picture'), conv('stem', 'stem_pad', 8, 3, 2), bn('stem_bn', 'stem'), leaky('stem_act', 'stem_bn'),
  bn('block_bn', 'stem_act'), conv('block_1', 'block_bn', 8, 3), bn('block_1_bn', 'block_1'), leaky('block_act', 'block_1_bn'), conv('block_2', 'block_act', 8, 3), bn('block_2_bn', 'block_2'),
  { kind: 'add', name: 'block_add', inputs: ['block_2_bn', 'stem_act'] },
  { kind: 'relu', name: 'own_relu', input: 'block_add' },
  conv('beside', 'block_add', 8, 1), { kind: 'add', name: 'both', inputs: ['own_relu', 'beside'] },
  pad('last_pad', 'both'), conv('last', 'last_pad', 16, 3, 2), bn('last_bn', 'last'), leaky('last_act', 'last_bn'),
  { kind: 'depthwiseConv2d', name: 'mean', input: 'last_act', kernelSize: size / 4, strides: 1, padding: 'valid', useBias: false },
  { kind: 'flatten', name: 'flat', input: 'mean' }, { kind: 'dense', name: 'embedding', input: 'flat', units: 12, useBias: true },
];

engineTest('a foreign network with a normalisation for each channel computes the same in the compiler\'s terms, and nearly on the simulated chip', async (engine, context) => {
  const plain = network(layers);
  const { spec, weights } = withInputNormalization(plain, trainedLikeWeights(plain), inputNormalization('imagenet'));
  const graph = importNetwork(spec, weights);
  const [crop = new Uint8Array()] = smoothCrops('foreign', 1, size);
  const embedder = createEmbedder(engine, spec, weights, { title: 'foreign' });
  const expected = await embedder.embed(crop, 1);
  embedder.close();
  const float = buildFloatGraph(graph);
  const session = engine.openSession(float.graph);
  const [output] = await session.run({ [float.pixels]: { dtype: 'uint8', shape: [1, size, size, 3], data: crop } }, [float.outputs.get('embedding') ?? '']);
  session.close();
  const values = output?.data as Float32Array;
  const length = Math.hypot(...values);
  const difference = Math.max(...values.map((value, i) => Math.abs(value / length - (expected[i] ?? NaN))));
  assert.ok(difference < 1e-5, `differs by ${difference}`);

  const out = path.join(folder, 'foreign.kmodel');
  const { facts } = await convertModel(engine, { record: faceRecordOf(spec, { title: 'foreign' }), weights }, {
    out, source: 'foreign', calibrationFolder: folder, faces: smoothCrops('faces', 16, size), overwrite: false, weightBits: 16, ranges: 'auto', slopeParts: 'auto', output: 'l2', progress: silentProgress, signal: new AbortController().signal,
  });
  context.diagnostic(`mean cosine ${facts.agreement.meanCosine.toFixed(5)}`);
  assert.ok(facts.agreement.meanCosine > 0.97, `mean cosine ${facts.agreement.meanCosine}`);
});

engineTest('what the chip cannot compute is named with its layer and its shape', () => {
  const refused = (changed: readonly Layer[], message: RegExp): void => {
    const spec = network(changed);
    assert.throws(() => turnForStride(importNetwork(spec, trainedLikeWeights(spec))), (error) => error instanceof UserError && message.test(error.message));
  };
  const [input, stemPad] = layers as readonly [Layer, Layer];
  refused([input, conv('big', 'picture', 8, 5)], /Layer big \(conv2d, output 32 x 32 x 8\) of foreign cannot run on the K210: it is a kernel of 5 x 5/);
  refused([input, conv('a', 'picture', 8, 3), { kind: 'add', name: 'twice', inputs: ['a', 'a'] }], /Layer twice \(add, output 32 x 32 x 8\) .* an addition of a map to itself/);
  refused([...layers, leaky('end', 'embedding')], /Layer end \(leakyRelu, output 12\) .* an activation of a vector/);
  refused([input, conv('flat', 'picture', 4, 3), { kind: 'flatten', name: 'f', input: 'flat' }], /Layer f .* flattening a map of 32 x 32/);
  const same: Layer = { kind: 'conv2d', name: 'same', input: 'picture', filters: 8, kernelSize: 3, strides: 2, padding: 'same', useBias: false };
  refused([input, stemPad, same, conv('beside', 'same', 8, 1, 2)], /Layers beside and same pad differently before stride 2/);
});
