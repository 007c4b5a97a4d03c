import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { layerShapes } from '../../../src/network/layer-shapes';
import { activationNames, createNetwork, networkNames, type NetworkOptions } from '../../../src/network/mobilefacenet';
import { networkSize } from '../../../src/network/network-size';
import type { Layer } from '../../../src/network/network-spec';
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
    test(`${name} ends in the embedding, of any length, for any size, width, activation and dropout`, () => {
      const options = fc.record({
        imageSize: fc.integer({ min: 4, max: 24 }).map((cells) => cells * 16), embeddingLength: fc.integer({ min: 1, max: 1024 }),
        alpha: fc.double({ min: 0.25, max: 2, noNaN: true }), activation: fc.constantFrom(...activationNames), dropout: fc.double({ min: 0, max: 0.99, noNaN: true }),
      });
      fc.assert(fc.property(options, (chosen) => {
        const spec = createNetwork(name, chosen);
        const shapes = layerShapes(spec);
        assert.deepEqual(shapes.get(spec.output), [chosen.embeddingLength]);
        assert.equal(new Set(spec.layers.map((layer) => layer.name)).size, spec.layers.length);
        assert.equal(shapes.get('gdconv')?.[0], 1);
        assert.deepEqual(spec.layers.flatMap((layer) => (layer.kind === 'dropout' ? [layer.rate] : [])), chosen.dropout > 0 ? [chosen.dropout] : []);
      }), { numRuns: 40 });
    });
  }

  const activations = ({ layers }: { layers: readonly Layer[] }): string[] =>
    [...new Set(layers.flatMap((layer) => {
      if (layer.kind === 'leakyRelu') return [`leakyRelu ${layer.negativeSlope}`];
      if (layer.kind === 'relu') return [layer.maxValue === undefined ? 'relu' : `relu up to ${layer.maxValue}`];
      return layer.kind === 'prelu' ? ['prelu'] : [];
    }))];

  test('the activation is the chosen one throughout, and the network\'s own without a choice', () => {
    const cases: readonly [NetworkOptions, paper: string, k210: string][] = [
      [{}, 'prelu', 'leakyRelu 0.3'],
      [{ activation: 'prelu' }, 'prelu', 'prelu'],
      [{ activation: 'leakyRelu' }, 'leakyRelu 0.3', 'leakyRelu 0.3'],
      [{ activation: 'leakyRelu', negativeSlope: 0.125 }, 'leakyRelu 0.125', 'leakyRelu 0.125'],
      [{ activation: 'relu' }, 'relu', 'relu'],
      [{ activation: 'relu6' }, 'relu up to 6', 'relu up to 6'],
    ];
    for (const [options, paper, k210] of cases) {
      assert.deepEqual(activations(createNetwork('paper', options)), [paper]);
      for (const name of ['k210-s', 'k210-m', 'k210-full'] as const) assert.deepEqual(activations(createNetwork(name, options)), [k210]);
    }
    assert.deepEqual(activations(createNetwork('k210-s', { negativeSlope: 0.1 })), ['leakyRelu 0.1']);
  });

  test('the activation changes neither the size of the network nor its other weights', () => {
    const withoutSlopes = (options: NetworkOptions): string[] =>
      weightDefinitions(createNetwork('paper', options)).filter(({ name }) => !name.endsWith('/alpha')).map(({ name, shape }) => `${name} ${shape.join()}`);
    for (const activation of activationNames) {
      assert.equal(networkSize(createNetwork('paper', { activation })).macs, 220_965_376);
      assert.deepEqual(withoutSlopes({ activation }), withoutSlopes({}));
    }
    assert.equal(networkSize(createNetwork('paper', { activation: 'relu' })).trainableParameters, 995_584);
  });

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

  test('an option out of range is refused by name', () => {
    const wrong: readonly [NetworkOptions, RegExp][] = [
      [{ imageSize: 100 }, /imageSize 100/], [{ imageSize: 48 }, /imageSize 48/], [{ alpha: 3 }, /alpha 3/], [{ embeddingLength: 0 }, /embeddingLength 0/],
      [{ embeddingLength: 1.5 }, /embeddingLength 1\.5/], [{ dropout: 1 }, /dropout 1/], [{ negativeSlope: 0.1 }, /negativeSlope 0\.1 is for leakyRelu, not for prelu/],
      [{ activation: 'leakyRelu', negativeSlope: 2 }, /negativeSlope 2/],
    ];
    for (const [options, expected] of wrong) assert.throws(() => createNetwork('paper', options), expected);
  });

  test('initial weights depend on seed and name alone', () => {
    const spec = createNetwork('k210-s', { imageSize: 64, alpha: 0.25 });
    const [a, b, other] = [initialWeights(spec, 1), initialWeights(spec, 1), initialWeights(spec, 2)];
    assert.deepEqual(a, b);
    assert.notDeepEqual(a.get('conv_1/kernel'), other.get('conv_1/kernel'));
  });

  test('kernels are drawn within the limits of Glorot and Bengio, with Keras\'s fans', () => {
    const weights = initialWeights(createNetwork('k210-s', { imageSize: 64, alpha: 0.25, embeddingLength: 40 }), 1);
    const cases: readonly [string, fanIn: number, fanOut: number][] = [
      ['conv_1/kernel', 9 * 3, 9 * 16], ['block_0_pw/kernel', 16, 16], ['block_7_dw/depthwise_kernel', 9 * 32, 9], ['gdconv/depthwise_kernel', 16 * 32, 16], ['embedding/kernel', 32, 40],
    ];
    for (const [name, fanIn, fanOut] of cases) {
      const kernel = weights.get(name)?.data ?? new Float32Array(0);
      const limit = Math.sqrt(6 / (fanIn + fanOut));
      assert.ok(kernel.every((value) => Math.abs(value) <= limit) && kernel.some((value) => Math.abs(value) > limit * 0.95), name);
    }
    assert.ok(weights.get('embedding/bias')?.data.every((value) => value === 0));
  });
});
