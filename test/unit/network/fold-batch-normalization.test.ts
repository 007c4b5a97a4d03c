import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../../src/base/random';
import { foldBatchNormalization } from '../../../src/network/fold-batch-normalization';
import type { Layer, NetworkSpec } from '../../../src/network/network-spec';
import { networkSpecFormat } from '../../../src/network/network-spec';
import { relativeDifference, slowEmbedding } from '../../support/slow-network';
import { trainedLikeWeights } from '../../support/trained-weights';

const side = 6;
const bn = (name: string, input: string): Layer => ({ kind: 'batchNormalization', name, input, epsilon: 1e-3, momentum: 0.99 });
const conv = (name: string, input: string, kernelSize: number, padding: 'same' | 'valid', filters = 4): Layer => ({ kind: 'conv2d', name, input, filters, kernelSize, strides: 1, padding, useBias: false });

function network(...layers: Layer[]): NetworkSpec {
  const all: Layer[] = [{ kind: 'input', name: 'input', shape: [side, side, 3] }, ...layers];
  const output = all.at(-1)?.name ?? '';
  return { format: networkSpecFormat, name: 'test', layers: all, output, embeddingLength: 1, normalization: { mean: 0, deviation: 1 } };
}

/** Folds, checks that the network computes the same, and gives the kinds of layers that are left. */
function kindsAfterFolding(spec: NetworkSpec): string[] {
  const weights = trainedLikeWeights(spec);
  const random = new SeededRandom(1, 'picture');
  const picture = Float32Array.from({ length: side * side * 3 }, () => random.normal());
  const folded = foldBatchNormalization(spec, weights);
  const difference = relativeDifference(slowEmbedding(spec, weights, picture), slowEmbedding(folded.spec, folded.weights, picture));
  assert.ok(difference < 1e-6, `differs by ${difference}`);
  const names = new Set(folded.spec.layers.map(({ name }) => name));
  for (const name of folded.weights.keys()) assert.ok(names.has(name.split('/')[0] ?? ''), `${name} belongs to no layer`);
  return folded.spec.layers.slice(1).map(({ kind }) => kind);
}

test('a batch normalisation behind a convolution or a dense layer goes into it', () => {
  assert.deepEqual(kindsAfterFolding(network(conv('a', 'input', 3, 'same'), bn('b', 'a'), { kind: 'flatten', name: 'f', input: 'b' }, { kind: 'dense', name: 'd', input: 'f', units: 5, useBias: true }, bn('e', 'd'))), ['conv2d', 'flatten', 'dense']);
});

test('it goes through a flattened pixel and dropout back into the global convolution', () => {
  const global: Layer = { kind: 'depthwiseConv2d', name: 'g', input: 'input', kernelSize: side, strides: 1, padding: 'valid', useBias: false };
  assert.deepEqual(kindsAfterFolding(network(global, { kind: 'dropout', name: 'o', input: 'g', rate: 0.1 }, { kind: 'flatten', name: 'f', input: 'o' }, bn('b', 'f'))), ['depthwiseConv2d', 'dropout', 'flatten']);
});

test('before a convolution without padding, or a dense layer on a flattened image, it goes forward', () => {
  assert.deepEqual(kindsAfterFolding(network(bn('b', 'input'), conv('c', 'b', 3, 'valid'))), ['conv2d']);
  assert.deepEqual(kindsAfterFolding(network(bn('b', 'input'), conv('c', 'b', 1, 'same'))), ['conv2d']);
  assert.deepEqual(kindsAfterFolding(network(bn('b', 'input'), { kind: 'depthwiseConv2d', name: 'c', input: 'b', kernelSize: 3, strides: 2, padding: 'valid', useBias: true })), ['depthwiseConv2d']);
  assert.deepEqual(kindsAfterFolding(network(bn('b', 'input'), { kind: 'dropout', name: 'o', input: 'b', rate: 0.4 }, { kind: 'flatten', name: 'f', input: 'o' }, { kind: 'dense', name: 'd', input: 'f', units: 4, useBias: false })), ['dropout', 'flatten', 'dense']);
});

test('before zeros that are padded, and where several layers read it, it becomes a convolution of one pixel', () => {
  assert.deepEqual(kindsAfterFolding(network(bn('b', 'input'), conv('c', 'b', 3, 'same'))), ['depthwiseConv2d', 'conv2d']);
  assert.deepEqual(kindsAfterFolding(network(bn('b', 'input'), { kind: 'zeroPadding2d', name: 'p', input: 'b', padding: [[1, 1], [1, 1]] }, conv('c', 'p', 3, 'valid'))), ['depthwiseConv2d', 'zeroPadding2d', 'conv2d']);
  assert.deepEqual(kindsAfterFolding(network(conv('a', 'input', 1, 'valid', 3), bn('b', 'a'), conv('c', 'a', 1, 'valid', 3), { kind: 'add', name: 's', inputs: ['b', 'c'] })), ['conv2d', 'depthwiseConv2d', 'conv2d', 'add']);
  assert.deepEqual(kindsAfterFolding(network({ kind: 'relu', name: 'r', input: 'input' }, bn('b', 'r'))), ['relu', 'depthwiseConv2d']);
});

test('two in a row both go, and what the network gives out stays', () => {
  assert.deepEqual(kindsAfterFolding(network(conv('a', 'input', 3, 'same'), bn('b', 'a'), bn('c', 'b'))), ['conv2d']);
  assert.deepEqual(kindsAfterFolding(network({ kind: 'flatten', name: 'f', input: 'input' }, bn('b', 'f'))), ['flatten', 'batchNormalization']);
});
