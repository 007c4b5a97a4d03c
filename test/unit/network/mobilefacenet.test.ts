import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { layerShapes } from '../../../src/network/layer-shapes';
import { createNetwork, networkNames } from '../../../src/network/mobilefacenet';
import { networkSize } from '../../../src/network/network-size';
import { initialWeights, weightDefinitions } from '../../../src/network/weight-definitions';

describe('the MobileFaceNet family', () => {
  test('the paper network has the published size: 221 M multiply-accumulates, 0.99 M parameters without PReLU slopes', () => {
    const spec = createNetwork('paper');
    const slopes = weightDefinitions(spec).filter(({ name }) => name.endsWith('/alpha')).reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0);
    const size = networkSize(spec);
    assert.equal(size.macs, 220_965_376);
    assert.equal(size.trainableParameters - slopes, 995_584);
    assert.equal(slopes, 7_552);
    assert.equal(size.otherParameters, 19_584);
  });

  test('the paper network adds residuals in the twelve blocks of stride 1 with equal channels', () => {
    const adds = createNetwork('paper').layers.filter((layer) => layer.kind === 'add');
    assert.equal(adds.length, 4 + 6 + 2);
  });

  for (const name of networkNames) {
    test(`${name} ends in the embedding for all sizes`, () => {
      for (const [imageSize, embeddingLength, alpha] of [[112, 128, 1], [128, 256, 0.5], [64, 64, 0.25]] as const) {
        const spec = createNetwork(name, { imageSize, embeddingLength, alpha });
        assert.deepEqual(layerShapes(spec).get(spec.output), [embeddingLength]);
      }
    });
  }

  test('the K210 networks have no residuals and pad explicitly before each stride 2', () => {
    for (const name of ['k210-s', 'k210-m', 'k210-full'] as const) {
      const spec = createNetwork(name);
      assert.ok(!spec.layers.some((layer) => layer.kind === 'add' || layer.kind === 'prelu'));
      const strided = spec.layers.filter((layer) => 'strides' in layer && layer.strides === 2);
      assert.equal(strided.length, 4);
      for (const layer of strided) {
        assert.ok('padding' in layer && layer.padding === 'valid');
        const before = spec.layers.find((other) => 'input' in layer && other.name === layer.input);
        assert.equal(before?.kind, 'zeroPadding2d');
      }
    }
  });

  test('a size that is no multiple of 16 is refused', () => {
    assert.throws(() => createNetwork('paper', { imageSize: 100 }), /imageSize 100/);
    assert.throws(() => createNetwork('paper', { alpha: 3 }), /alpha 3/);
  });

  test('initial weights depend on seed and name alone', () => {
    const spec = createNetwork('k210-s', { imageSize: 64, alpha: 0.25 });
    const [a, b, other] = [initialWeights(spec, 1), initialWeights(spec, 1), initialWeights(spec, 2)];
    assert.deepEqual(a, b);
    assert.notDeepEqual(a.get('conv_1/kernel'), other.get('conv_1/kernel'));
    const kernel = a.get('block_0_pw/kernel')?.data ?? new Float32Array(0);
    const limit = Math.sqrt(6 / (16 + 16));
    assert.ok(kernel.every((value) => Math.abs(value) <= limit) && kernel.some((value) => Math.abs(value) > limit * 0.9));
  });
});
