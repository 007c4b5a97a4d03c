import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ImageType } from '../../../src/network/forward';
import { createNetwork } from '../../../src/network/mobilefacenet';
import { buildTrainGraph } from '../../../src/training/graph/train-graph';
import type { TrainGraphOptions } from '../../../src/training/graph/train-graph-options';
import { createHead } from '../../../src/training/heads/create-head';
import { identityShard } from '../../../src/training/heads/identity-shard';
import { headSection } from '../../../src/training/recipe/head-section';
import { optimizerSection } from '../../../src/training/recipe/optimizer-section';
import { headKindSchema, type HeadKind } from '../../../src/protocol/run';

/** What a train graph has beside layers, as TensorBoard shows it at first sight. */
const parts = ['input', 'head', 'loss', 'accuracy', 'gradients', 'gradient_norm', 'clipping', 'accumulated', 'optimizer', 'ema', 'validation', 'constants', 'gathered', 'all_reduce'];

interface Variant {
  readonly head: HeadKind;
  readonly optimizer: 'sgd' | 'adam' | 'adamw';
  readonly precision?: ImageType;
  readonly sampledIdentities?: number;
  readonly accumulate?: number;
  /** Ranks that share out the identities. */
  readonly ranks?: number;
}

const variants: readonly Variant[] = [
  ...headKindSchema.options.map((head) => ({ head, optimizer: 'adam' }) as const),
  { head: 'arcface', optimizer: 'adamw', precision: 'bfloat16' }, { head: 'arcface', optimizer: 'sgd', accumulate: 3 },
  { head: 'softmax', optimizer: 'adamw', sampledIdentities: 6 }, { head: 'adaface', optimizer: 'sgd', sampledIdentities: 6 },
  { head: 'arcface', optimizer: 'adam', sampledIdentities: 6, ranks: 2 },
];

/** Rank 0 of some that share out the nine identities of a batch of eight. */
function sharedOut(ranks: number): Pick<TrainGraphOptions, 'cluster' | 'shard'> {
  return {
    cluster: { ranks, batch: 8, part: { offset: 0, count: 4 }, timeoutSeconds: 1, instance: 100 }, shard: identityShard(9, { ranks, rank: 0 }, { sampleRate: 0.5, batch: 8 }),
  };
}

describe('names in the train graph', () => {
  for (const { head: kind, optimizer, ranks, ...variant } of variants) {
    test(`${kind}, ${optimizer}${Object.entries({ ...variant, ...(ranks && { ranks }) }).map(([key, value]) => `, ${key} ${value}`).join('')}: every node belongs to a layer or to a part with a known name`, () => {
      for (const network of ['paper', 'k210-full'] as const) {
        const spec = createNetwork(network, { imageSize: 64, alpha: 0.25, embeddingLength: 16 });
        const head = createHead(headSection.parse({ kind }), variant.sampledIdentities ?? 9);
        const { graph, validation } = buildTrainGraph({
          ...variant, ...(ranks === undefined ? {} : sharedOut(ranks)), spec, head, identities: 9, batch: 4, optimizer: optimizerSection.parse({ kind: optimizer }), weightDecay: 1e-4, headWeightDecay: 1e-3,
          clipping: { globalClipnorm: 1 }, ema: { decay: 0.9 }, labelSmoothing: 0.1, validates: true,
        });
        const layers = spec.layers.map(({ name }) => name);
        const known = new Set([...layers, ...parts]);
        assert.deepEqual(graph.nodes.map(({ name }) => name).filter((name) => !name.includes('/') || !known.has(name.split('/')[0] ?? '')), []);
        // Within the optimizer and the validation, the layers again.
        const inner = new Set([...layers, 'head', 'loss', 'accuracy', 'update', 'clear', 'add', 'gathered']);
        const nested = graph.nodes.map(({ name }) => name.split('/')).filter(([first]) => ['optimizer', 'validation', 'ema', 'accumulated'].includes(first ?? ''));
        assert.deepEqual(nested.filter(([, second = '']) => !inner.has(second)).map((path) => path.join('/')), []);
        assert.ok(nested.some((path) => path.join('/') === 'optimizer/embedding/kernel/update') && validation);
        assert.equal(new Set(graph.nodes.map(({ name }) => name)).size, graph.nodes.length);
      }
    });
  }
});
