import { createNetwork } from '../../src/network/mobilefacenet';
import type { Layer, NetworkSpec } from '../../src/network/network-spec';

/** What the small network takes and gives. */
export const smallNetworkShape = { imageSize: 8, embeddingLength: 6 } as const;

/** A network in which pictures of a batch do not see each other, or one with batch normalisation. */
export function smallNetwork(withBatchNormalization: boolean): NetworkSpec {
  const { imageSize, embeddingLength } = smallNetworkShape;
  const normalization: Layer[] = withBatchNormalization ? [{ kind: 'batchNormalization', name: 'norm', input: 'conv', epsilon: 1e-3, momentum: 0.9 }] : [];
  return {
    ...createNetwork('k210-s', { imageSize: 64, alpha: 0.25, embeddingLength: 16 }),
    name: 'small', output: 'embedding', embeddingLength,
    layers: [
      { kind: 'input', name: 'image', shape: [imageSize, imageSize, 3] },
      { kind: 'conv2d', name: 'conv', input: 'image', filters: 4, kernelSize: 3, strides: 2, padding: 'same', useBias: true },
      ...normalization,
      { kind: 'leakyRelu', name: 'act', input: withBatchNormalization ? 'norm' : 'conv', negativeSlope: 0.3 },
      { kind: 'flatten', name: 'flat', input: 'act' },
      { kind: 'dense', name: 'embedding', input: 'flat', units: embeddingLength, useBias: true },
    ],
  };
}
