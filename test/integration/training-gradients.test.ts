import assert from 'node:assert/strict';
import { describe } from 'node:test';
import type * as tfjs from '@tensorflow/tfjs';
import { SeededRandom } from '../../src/base/random';
import { activationNames, createNetwork, type NetworkName, type NetworkOptions } from '../../src/network/mobilefacenet';
import type { NetworkSpec, Weight } from '../../src/network/network-spec';
import { buildTrainGraph, type TrainGraph } from '../../src/training/graph/train-graph';
import { TrainingSession } from '../../src/training/graph/training-session';
import { arcFaceHead } from '../../src/training/heads/arcface';
import type { Head } from '../../src/training/heads/head';
import { headPrefix } from '../../src/training/heads/head-weights';
import { softmaxHead } from '../../src/training/heads/softmax';
import { choosePrecision } from '../../src/training/precision';
import { engineTests } from '../support/engine';
import { referenceArcFaceLoss, referenceEmbedding, referenceSoftmaxLoss, type Parameters } from '../support/reference-network';

const batch = 4;
const identities = 50;
const imageSize = 64;
const labels = [3, 7, 11, 49];
const scale = 16;
const margin = 0.5;
/** Enough images for bfloat16's rounding to average out, and steps in which a loss that can fall does. */
const bfloat16Batch = 16;
const bfloat16Steps = 8;

/** Without dropout, whose random numbers two implementations cannot share. */
function networkWithoutDropout(name: NetworkName, options: NetworkOptions = {}): NetworkSpec {
  return createNetwork(name, { imageSize, alpha: 0.5, dropout: 0, ...options });
}

function randomValues(graph: TrainGraph): Map<string, Weight> {
  return new Map(graph.variables.map(({ name, shape }) => {
    const random = new SeededRandom(5, name);
    const size = shape.reduce((product, length) => product * length, 1);
    const fan = Math.max(1, size / (shape.at(name.endsWith('depthwise_kernel') ? -2 : -1) ?? 1));
    const value = (): number => {
      if (name.startsWith('optimizer/')) return 0;
      if (/gamma|variance/.test(name)) return random.between(0.5, 1.5);
      if (name.endsWith('alpha')) return random.between(0.1, 0.4);
      if (/beta|mean|bias/.test(name)) return random.normal() * 0.1;
      return random.normal() * Math.sqrt(2 / fan);
    };
    return [name, { shape, data: Float32Array.from({ length: size }, value) }];
  }));
}

interface Difference {
  readonly median: number;
  readonly worst: number;
  readonly worstName: string;
  readonly compared: number;
}

/** Relative L2 differences of the gradients that are not round-off (norm over 1e-4 of the largest). */
function compareGradients(ours: ReadonlyMap<string, Weight>, theirs: ReadonlyMap<string, Float32Array>): Difference {
  const norm = (values: ArrayLike<number>): number => Math.hypot(...Array.from(values));
  const largest = Math.max(...[...theirs.values()].map(norm));
  const differences = [...theirs].flatMap(([name, expected]) => {
    const size = norm(expected);
    const actual = ours.get(name)?.data ?? new Float32Array(0);
    assert.equal(actual.length, expected.length, name);
    return size < 1e-4 * largest ? [] : [{ name, relative: norm(expected.map((value, i) => value - (actual[i] ?? NaN))) / size }];
  });
  differences.sort((a, b) => a.relative - b.relative);
  const worst = differences.at(-1);
  return {
    median: differences[differences.length >> 1]?.relative ?? NaN, worst: worst?.relative ?? NaN, worstName: worst?.name ?? '', compared: differences.length,
  };
}

/**
 * The slope of an activation jumps at 0: one value that rounding moves across, in a late layer of few values, changes the gradients of
 * all layers before it by as much as a hundredth, more where the slope jumps by 1. Which values lie so near depends on the processor's
 * rounding, so other images are tried where the first do not agree. A wrong rule agrees with none.
 */
const imageSeeds = [9, 10, 11, 12];

function toleranceOf({ activation }: NetworkOptions): { median: number; worst: number } {
  return activation === 'relu' || activation === 'relu6' ? { median: 5e-2, worst: 0.2 } : { median: 1e-3, worst: 5e-2 };
}

describe('gradients of the train graph against plain TensorFlow.js operations', () => {
  const test = engineTests({ kind: 'native' });

  const cases: readonly (readonly [NetworkName, Head, (tf: typeof tfjs, embedding: tfjs.Tensor2D, parameters: Parameters) => tfjs.Scalar, NetworkOptions?])[] = [
    ['paper', arcFaceHead(scale), arcFaceLoss],
    ['k210-full', arcFaceHead(scale), arcFaceLoss],
    ['k210-m', softmaxHead, softmaxLoss],
    ['k210-s', softmaxHead, softmaxLoss],
    ...activationNames.flatMap((activation) => (['paper', 'k210-s'] as const).map((name) => [name, softmaxHead, softmaxLoss, { activation, alpha: 0.25, embeddingLength: 40 }] as const)),
  ];
  for (const [name, head, referenceLoss, options = {}] of cases) {
    test(`${name} ${options.activation ?? ''} with ${head.kind}`, async (engine, context) => {
      const spec = networkWithoutDropout(name, options);
      const graph = buildTrainGraph({ spec, head, identities, batch, optimizer: { kind: 'sgd', momentum: 0.9 }, weightDecay: 0, headWeightDecay: 0 });
      const values = randomValues(graph);
      const session = new TrainingSession(engine, graph, { batch, imageSize }, { beta1: 0, beta2: 0 });
      try {
        await session.assign(values);
        const tf = await engine.tensorflowJs();
        const tolerance = toleranceOf(options);
        const seen: string[] = [];
        for (const seed of imageSeeds) {
          const random = new SeededRandom(seed, 'images');
          const images = Float32Array.from({ length: batch * imageSize ** 2 * 3 }, () => random.normal());
          const ours = await session.gradients({ images, labels: Int32Array.from(labels), margin, seed: [1, 1] });
          const theirs = referenceGradients(tf, spec, graph, values, images, referenceLoss);
          assert.ok(Math.abs(ours.loss - theirs.loss) < 1e-4 * (1 + theirs.loss), `loss ${ours.loss} against ${theirs.loss}`);
          const { compared, median, worst, worstName } = compareGradients(ours.gradients, theirs.gradients);
          seen.push(`loss ${ours.loss.toFixed(6)} against ${theirs.loss.toFixed(6)}; ${compared} tensors, median relative difference ${median.toExponential(2)}, worst ${worst.toExponential(2)} (${worstName})`);
          if (median < tolerance.median && worst < tolerance.worst) return context.diagnostic(seen.join('\n'));
        }
        assert.fail(seen.join('\n'));
      } finally {
        session.close();
      }
    });
  }
});

describe('gradients of images in bfloat16', () => {
  const test = engineTests({ kind: 'native' });

  test('point where those of float32 do, and the loss falls alike', async (engine, context) => {
    const { precision: chosen, reason } = await choosePrecision(engine, 'auto');
    if (chosen === 'float32') return context.skip(reason);
    const spec = networkWithoutDropout('paper');
    const images = smoothImages(bfloat16Batch);
    const batchLabels = Int32Array.from({ length: bfloat16Batch }, (_, i) => (i * 3) % identities);
    const measure = async (precision: 'float32' | 'bfloat16'): Promise<{ gradients: Map<string, Weight>; losses: number[] }> => {
      const graph = buildTrainGraph({
        spec, head: arcFaceHead(scale), identities, batch: bfloat16Batch, precision, optimizer: { kind: 'sgd', momentum: 0.9 }, weightDecay: 0, headWeightDecay: 0,
      });
      const session = new TrainingSession(engine, graph, { batch: bfloat16Batch, imageSize }, { beta1: 0, beta2: 0 });
      try {
        await session.assign(randomValues(graph));
        const step = { images, labels: batchLabels, margin };
        const { gradients } = await session.gradients({ ...step, seed: [1, 1] });
        const losses: number[] = [];
        for (let update = 1; update <= bfloat16Steps; update++) losses.push((await session.step({ ...step, learningRate: 0.02, update, seed: [1, update] })).loss);
        return { gradients, losses };
      } finally {
        session.close();
      }
    };
    const wide = await measure('float32');
    const narrow = await measure('bfloat16');
    const cosine = cosineOf(wide.gradients, narrow.gradients);
    context.diagnostic(`cosine ${cosine.toFixed(4)}; losses ${wide.losses.map((loss) => loss.toFixed(2)).join(' ')} against ${narrow.losses.map((loss) => loss.toFixed(2)).join(' ')}`);
    assert.ok(cosine >= 0.9 && cosine < 1, `cosine ${cosine}`);
    const fall = (losses: readonly number[]): number => (losses.at(-1) ?? NaN) / (losses[0] ?? NaN);
    assert.ok(fall(wide.losses) < 0.7, `float32: ${wide.losses.join(' ')}`);
    assert.ok(fall(narrow.losses) < 0.7, `bfloat16: ${narrow.losses.join(' ')}`);
  });
});

/** Images with a slope and a stripe of their own each, as smooth as photos are. */
function smoothImages(count: number): Float32Array {
  const random = new SeededRandom(9, 'smooth');
  return Float32Array.from(Array.from({ length: count }, () => {
    const [across, down, waves] = [random.normal(), random.normal(), 1 + random.below(6)];
    return Array.from({ length: imageSize ** 2 * 3 }, (_, i) => {
      const pixel = Math.floor(i / 3);
      const [x, y] = [(pixel % imageSize) / imageSize, Math.floor(pixel / imageSize) / imageSize];
      return across * (x - 0.5) + down * (y - 0.5) + 0.5 * Math.sin(waves * 6 * x + (i % 3)) + 0.1 * random.normal();
    });
  }).flat());
}

/** Cosine of the angle between all gradients as one vector. */
function cosineOf(a: ReadonlyMap<string, Weight>, b: ReadonlyMap<string, Weight>): number {
  let [product, lengthA, lengthB] = [0, 0, 0];
  for (const [name, { data }] of a) {
    const other = b.get(name)?.data ?? new Float32Array(0);
    assert.equal(other.length, data.length, name);
    for (const [i, value] of data.entries()) {
      product += value * (other[i] ?? NaN);
      lengthA += value ** 2;
      lengthB += (other[i] ?? NaN) ** 2;
    }
  }
  return product / Math.sqrt(lengthA * lengthB);
}

function arcFaceLoss(tf: typeof tfjs, embedding: tfjs.Tensor2D, parameters: Parameters): tfjs.Scalar {
  return referenceArcFaceLoss(tf, embedding, labels, parameters.get(`${headPrefix}kernel`) as tfjs.Tensor2D, scale, margin);
}

function softmaxLoss(tf: typeof tfjs, embedding: tfjs.Tensor2D, parameters: Parameters): tfjs.Scalar {
  return referenceSoftmaxLoss(tf, embedding, labels, parameters.get(`${headPrefix}kernel`) as tfjs.Tensor2D, parameters.get(`${headPrefix}bias`) as tfjs.Tensor);
}

function referenceGradients(
  tf: typeof tfjs, spec: NetworkSpec, graph: TrainGraph, values: ReadonlyMap<string, Weight>, images: Float32Array,
  referenceLoss: (tf: typeof tfjs, embedding: tfjs.Tensor2D, parameters: Parameters) => tfjs.Scalar,
): { loss: number; gradients: Map<string, Float32Array> } {
  const variables = new Map([...graph.gradients.keys()].map((name) => {
    const value = values.get(name);
    return [name, tf.variable(tf.tensor(value?.data ?? [], [...(value?.shape ?? [])]), true, `reference/${name}`)];
  }));
  try {
    const { value, grads } = tf.tidy(() => {
      const input = tf.tensor4d(images, [batch, imageSize, imageSize, 3]);
      return tf.variableGrads(() => referenceLoss(tf, referenceEmbedding(tf, spec, input, variables), variables), [...variables.values()]);
    });
    return {
      loss: value.dataSync()[0] ?? NaN,
      gradients: new Map([...variables.keys()].map((name) => [name, grads[`reference/${name}`]?.dataSync() as Float32Array])),
    };
  } finally {
    tf.disposeVariables();
  }
}
