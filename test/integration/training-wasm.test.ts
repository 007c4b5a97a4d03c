import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../src/base/random';
import { UserError } from '../../src/base/user-error';
import type { Engine } from '../../src/engine/engine';
import { openEngine } from '../../src/engine/open-engine';
import { createNetwork, type NetworkName } from '../../src/network/mobilefacenet';
import type { Weight } from '../../src/network/network-spec';
import { initialWeight, initialWeights } from '../../src/network/weight-definitions';
import { buildTrainGraph } from '../../src/training/graph/train-graph';
import { TrainingSession } from '../../src/training/graph/training-session';
import { arcFaceHead } from '../../src/training/heads/arcface';
import { headPrefix } from '../../src/training/heads/head-weights';

const batch = 4;
const imageSize = 64;
const identities = 6;

/** Losses of a few steps on one batch, with dropout, Adam and a margin. */
async function trainFewSteps(engine: Engine, network: NetworkName): Promise<{ losses: number[]; embedding: Weight | undefined }> {
  const spec = createNetwork(network, { imageSize, alpha: 0.25, embeddingLength: 32 });
  const head = arcFaceHead(8);
  const adam = { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;
  const graph = buildTrainGraph({ spec, head, identities, batch, optimizer: adam, weightDecay: 4e-5, headWeightDecay: 4e-4 });
  const values = initialWeights(spec, 2);
  for (const weight of head.weights(spec.embeddingLength, identities)) {
    values.set(headPrefix + weight.name, initialWeight({ ...weight, name: headPrefix + weight.name }, 2));
  }
  for (const { name, shape } of graph.variables) {
    if (graph.slotNames.includes(name)) values.set(name, { shape, data: new Float32Array(shape.reduce((product, size) => product * size, 1)) });
  }
  const random = new SeededRandom(4, 'images');
  const images = Float32Array.from({ length: batch * imageSize ** 2 * 3 }, () => random.normal());
  const session = new TrainingSession(engine, graph, { batch, imageSize }, adam);
  try {
    await session.assign(values);
    const losses: number[] = [];
    for (let update = 1; update <= 3; update++) {
      const { loss } = await session.step({ images, labels: Int32Array.of(0, 1, 2, 5), learningRate: 1e-3, margin: 0.3, update, seed: [1, update] });
      losses.push(loss);
    }
    return { losses, embedding: (await session.read(['embedding/kernel'])).get('embedding/kernel') };
  } finally {
    session.close();
  }
}

for (const network of ['k210-s', 'paper'] as const) test(`the WebAssembly fallback trains the same graph of ${network} to the same losses as TensorFlow`, async (context) => {
  const wasm = await openEngine({ kind: 'wasm' });
  try {
    const ours = await trainFewSteps(wasm, network);
    assert.match(wasm.description.title, /slow/);
    assert.ok(ours.losses.every(Number.isFinite));
    const native = await openEngine({ kind: 'native' }).catch((error: unknown) => {
      if (error instanceof UserError) return undefined;
      throw error;
    });
    if (!native) return context.skip('TensorFlow is not installed here');
    try {
      const theirs = await trainFewSteps(native, network);
      context.diagnostic(`losses ${ours.losses.map((loss) => loss.toFixed(5)).join(', ')} against ${theirs.losses.map((loss) => loss.toFixed(5)).join(', ')}`);
      // Adam's first updates have the size of the learning rate whatever the gradient's, so the last bits of small gradients show in later losses.
      ours.losses.forEach((loss, step) => {
        const tolerance = (step === 0 ? 1e-4 : 6e-3) * (1 + loss);
        assert.ok(Math.abs(loss - (theirs.losses[step] ?? NaN)) < tolerance, `step ${step}: ${loss} against ${theirs.losses[step]}`);
      });
    } finally {
      native.close();
    }
  } finally {
    wasm.close();
  }
});
