import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe } from 'node:test';
import type { io } from '@tensorflow/tfjs';
import { SeededRandom } from '../../src/base/random';
import type { Engine } from '../../src/engine/engine';
import { buildInferenceGraph } from '../../src/network/inference-graph';
import { activationNames, createNetwork, networkNames, type NetworkName, type NetworkOptions } from '../../src/network/mobilefacenet';
import { readModelFolder, writeModelFolder } from '../../src/network/model-folder';
import type { NetworkSpec, Weight } from '../../src/network/network-spec';
import { engineTests } from '../support/engine';
import { trainedLikeWeights } from '../support/trained-weights';

const imageSize = 64;

function pixelsOf(count: number): Uint8Array {
  const random = new SeededRandom(8, 'pixels');
  return Uint8Array.from({ length: count * imageSize ** 2 * 3 }, () => random.below(256));
}

async function embed(engine: Engine, spec: NetworkSpec, weights: ReadonlyMap<string, Weight>, pixels: Uint8Array, count: number): Promise<Float32Array> {
  const inference = buildInferenceGraph(spec, weights);
  const session = engine.openSession(inference.graph);
  try {
    const [embedding] = await session.run({ [inference.pixels]: { dtype: 'uint8', shape: [count, imageSize, imageSize, 3], data: pixels } }, [inference.embedding]);
    assert.ok(embedding?.data instanceof Float32Array);
    assert.deepEqual(embedding.shape, [count, spec.embeddingLength]);
    return embedding.data;
  } finally {
    session.close();
  }
}

/** What TensorFlow.js needs of a model folder, read from its files. */
async function modelArtifacts(folder: string): Promise<io.ModelArtifacts> {
  const model = JSON.parse(await readFile(path.join(folder, 'model.json'), 'utf8')) as io.ModelJSON;
  const [group] = model.weightsManifest;
  const shards = await Promise.all((group?.paths ?? []).map((file) => readFile(path.join(folder, file))));
  return { modelTopology: model.modelTopology, weightSpecs: group?.weights ?? [], weightData: Uint8Array.from(Buffer.concat(shards)).buffer };
}

function largestDifference(a: Float32Array, b: ArrayLike<number>): number {
  assert.equal(a.length, b.length);
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - (b[i] ?? NaN))), 0);
}

describe('the inference graph', () => {
  const test = engineTests({ kind: 'native' });

  const cases: readonly (readonly [NetworkName, NetworkOptions])[] = [
    ...networkNames.map((name) => [name, { alpha: 0.5 }] as const),
    ...activationNames.flatMap((activation) => (['paper', 'k210-m'] as const).map((name) => [name, { alpha: 0.25, embeddingLength: 40, activation, dropout: 0.2 }] as const)),
  ];
  for (const [name, options] of cases) {
    test(`${name} ${options.activation ?? ''}: batch norm folded, it equals the TensorFlow.js layers model that is written from the same weights`, async (engine, context) => {
      const folder = await mkdtemp(path.join(tmpdir(), 'model-'));
      try {
        const spec = createNetwork(name, { imageSize, ...options });
        const weights = trainedLikeWeights(spec);
        const pixels = pixelsOf(3);
        const ours = await embed(engine, spec, weights, pixels, 3);
        const modelFolder = path.join(folder, 'model');
        await writeModelFolder(modelFolder, spec, weights, { title: 'test' });
        const tf = await engine.tensorflowJs();
        const model = await tf.loadLayersModel(tf.io.fromMemory(await modelArtifacts(modelFolder)));
        const theirs = tf.tidy(() => {
          const input = tf.tensor4d(Float32Array.from(pixels), [3, imageSize, imageSize, 3]).sub(spec.normalization.mean).div(spec.normalization.deviation);
          const output = model.predict(input) as ReturnType<typeof tf.tensor2d>;
          return output.div(tf.norm(output, 2, 1, true)).dataSync();
        });
        model.dispose();
        const difference = largestDifference(ours, theirs);
        context.diagnostic(`largest difference ${difference.toExponential(2)}`);
        assert.ok(difference < 2e-5, `difference ${difference}`);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });
  }

  test('a picture has the same embedding alone and in a batch, of length 1', async (engine) => {
    const spec = createNetwork('k210-s', { imageSize, alpha: 0.5 });
    const weights = trainedLikeWeights(spec);
    const pixels = pixelsOf(4);
    const together = await embed(engine, spec, weights, pixels, 4);
    const length = imageSize ** 2 * 3;
    const alone = await embed(engine, spec, weights, pixels.subarray(2 * length, 3 * length), 1);
    assert.ok(largestDifference(alone, together.subarray(2 * spec.embeddingLength, 3 * spec.embeddingLength)) < 1e-5);
    assert.ok(Math.abs(Math.hypot(...alone) - 1) < 1e-5);
  });

  test('a model folder reads back as it was written', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'model-'));
    try {
      const spec = createNetwork('k210-m', { imageSize, alpha: 0.5 });
      const weights = trainedLikeWeights(spec);
      await writeModelFolder(path.join(folder, 'model'), spec, weights, { title: 'team', threshold: 0.3 });
      const model = await readModelFolder(path.join(folder, 'model'));
      assert.deepEqual(model.record.network, spec);
      assert.equal(model.record.threshold, 0.3);
      assert.deepEqual(new Map([...model.weights].sort()), new Map([...weights].sort()));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
