import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { SeededRandom } from '../../src/base/random';
import type { Engine } from '../../src/engine/engine';
import { foldBatchNormalization } from '../../src/network/fold-batch-normalization';
import { addNetwork } from '../../src/network/forward';
import { GraphBuilder, assignNode, assignPlaceholder } from '../../src/network/graph/graph-builder';
import { elementCount } from '../../src/network/graph/graph-def';
import type { NetworkSpec, Weight } from '../../src/network/network-spec';
import { initialWeight, initialWeights } from '../../src/network/weight-definitions';
import { differentiate } from '../../src/training/gradients/differentiate';
import { meanCrossEntropy } from '../../src/training/graph/cross-entropy';
import { buildTrainGraph } from '../../src/training/graph/train-graph';
import type { TrainGraphOptions } from '../../src/training/graph/train-graph-options';
import { TrainingSession, type StepInputs } from '../../src/training/graph/training-session';
import { headPrefix } from '../../src/training/heads/head-weights';
import { softmaxHead } from '../../src/training/heads/softmax';
import { engineTests } from '../support/engine';
import { smallNetwork, smallNetworkShape } from '../support/small-network';

const { imageSize, embeddingLength } = smallNetworkShape;
const identities = 5;

type Settings = Partial<TrainGraphOptions> & Pick<TrainGraphOptions, 'optimizer'>;

interface Bench {
  readonly session: TrainingSession;
  readonly spec: NetworkSpec;
}

async function openBench(engine: Engine, batch: number, settings: Settings, withBatchNormalization = false): Promise<Bench> {
  const spec = smallNetwork(withBatchNormalization);
  const graph = buildTrainGraph({ spec, head: softmaxHead, identities, batch, weightDecay: 0, headWeightDecay: 0, ...settings });
  const betas = settings.optimizer.kind === 'sgd' ? { beta1: 0, beta2: 0 } : settings.optimizer;
  const session = new TrainingSession(engine, graph, { batch, imageSize }, betas);
  const values = initialWeights(spec, 3);
  for (const weight of softmaxHead.weights(embeddingLength, identities)) values.set(headPrefix + weight.name, initialWeight({ ...weight, name: headPrefix + weight.name }, 3));
  for (const { name, shape } of graph.variables) if (graph.slotNames.includes(name)) values.set(name, { shape, data: new Float32Array(elementCount(shape)) });
  for (const [name, average] of graph.averages) values.set(average, values.get(name) as Weight);
  await session.assign(values);
  return { session, spec };
}

/** Embeddings of normalised images by the inference form of the network. */
async function embed(engine: Engine, spec: NetworkSpec, weights: ReadonlyMap<string, Weight>, images: Float32Array, batch: number): Promise<Float32Array> {
  const folded = foldBatchNormalization(spec, weights);
  const g = new GraphBuilder();
  const input = g.placeholder('images', [batch, imageSize, imageSize, 3]);
  const output = addNetwork(g, folded.spec, input, {
    weight: (name) => {
      const weight = folded.weights.get(name);
      assert.ok(weight, name);
      return g.constant({ dtype: 'float32', ...weight }, 'weight');
    },
  });
  const session = engine.openSession(g.build());
  try {
    const [embeddings] = await session.run({ images: { dtype: 'float32', shape: [batch, imageSize, imageSize, 3], data: images } }, [output.ref]);
    assert.ok(embeddings?.data instanceof Float32Array);
    return embeddings.data;
  } finally {
    session.close();
  }
}

const learningRates = [0.5, 0.2, 0.1];

/** Inputs of update `update`, from 1, over samples `from` .. `from + batch - 1`, which depend on their numbers alone. */
function inputsOf(update: number, batch: number, from = 0): StepInputs {
  const pixels = imageSize * imageSize * 3;
  const images = new Float32Array(batch * pixels);
  for (let i = 0; i < batch; i++) {
    const random = new SeededRandom(8, 'images', update, from + i);
    for (let p = 0; p < pixels; p++) images[i * pixels + p] = random.normal();
  }
  const labels = Int32Array.from({ length: batch }, (_, i) => (update + from + i) % identities);
  return { images, labels, learningRate: learningRates[update - 1] ?? 0.1, margin: 0, update, seed: [1, update] };
}

type Numbers = Map<string, number[]>;

const numbersOf = (weights: ReadonlyMap<string, Weight>): Numbers => new Map([...weights].map(([name, { data }]) => [name, Array.from(data)]));

function assertClose(actual: ReadonlyMap<string, Weight>, expected: Numbers, tolerance: number): void {
  for (const [name, values] of expected) {
    const data = actual.get(name)?.data;
    assert.ok(data, name);
    values.forEach((value, i) => assert.ok(Math.abs((data[i] ?? NaN) - value) <= tolerance * (1 + Math.abs(value)), `${name}[${i}]: ${data[i]} instead of ${value}`));
  }
}

/** One update as the papers write it, on plain numbers. `gradient` is that of the loss alone, clipped. */
type PlainUpdate = (name: string, weight: number[], gradient: number[], rate: number, t: number) => number[];

/** Runs three updates in the engine and by `update`, and compares all trainable weights. @returns the gradient norms of the engine */
async function compareUpdates(engine: Engine, settings: Settings, clip: (gradients: Numbers) => Numbers, update: PlainUpdate): Promise<number[]> {
  const batch = 6;
  const { session } = await openBench(engine, batch, settings);
  try {
    const names = [...session.graph.gradients.keys()];
    let weights = numbersOf(await session.read(names));
    const norms: number[] = [];
    for (let t = 1; t <= learningRates.length; t++) {
      const inputs = inputsOf(t, batch);
      const gradients = numbersOf((await session.gradients(inputs)).gradients);
      const { gradientNorm } = await session.step(inputs);
      norms.push(gradientNorm);
      assert.ok(Math.abs(gradientNorm - lengthOf([...gradients.values()].flat())) < 1e-4 * gradientNorm, 'the gradient norm is that before clipping');
      const clipped = clip(gradients);
      weights = new Map(names.map((name) => [name, update(name, weights.get(name) ?? [], clipped.get(name) ?? [], inputs.learningRate, t)]));
    }
    assertClose(await session.read(names), weights, 2e-6);
    return norms;
  } finally {
    session.close();
  }
}

const lengthOf = (values: readonly number[]): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
const unclipped = (gradients: Numbers): Numbers => gradients;
const isKernel = (name: string): boolean => name.endsWith('kernel');
/** Decay of the settings below: 0.01 on the convolution, 0.1 on embedding and head; nothing on biases. */
const decays = { weightDecay: 0.01, headWeightDecay: 0.1 };
const decayOf = (name: string): number => (!isKernel(name) ? 0 : name === 'conv/kernel' ? 0.01 : 0.1);

/** Plain state by weight, zero at the start. */
function memory(): (name: string, length: number) => number[] {
  const kept = new Map<string, number[]>();
  return (name, length) => {
    const values = kept.get(name) ?? new Array<number>(length).fill(0);
    kept.set(name, values);
    return values;
  };
}

function plainSgd(momentum: number, nesterov: boolean): PlainUpdate {
  const velocities = memory();
  return (name, weight, gradient, rate) => {
    const velocity = velocities(name, weight.length);
    return weight.map((w, i) => {
      const g = (gradient[i] ?? NaN) + decayOf(name) * w;
      const v = momentum * (velocity[i] ?? 0) + g;
      velocity[i] = v;
      return w - rate * (nesterov ? g + momentum * v : v);
    });
  };
}

/** Kingma & Ba 2015, algorithm 1 in the form of its section 2 (epsilon beside the uncorrected root); decoupled decay as in Loshchilov & Hutter 2019. */
function plainAdam(decoupled: boolean, beta1: number, beta2: number, epsilon: number): PlainUpdate {
  const [means, squares] = [memory(), memory()];
  return (name, weight, gradient, rate, t) => {
    const [m, v] = [means(name, weight.length), squares(name, weight.length)];
    const corrected = (rate * Math.sqrt(1 - beta2 ** t)) / (1 - beta1 ** t);
    return weight.map((w, i) => {
      const g = (gradient[i] ?? NaN) + (decoupled ? 0 : decayOf(name) * w);
      m[i] = beta1 * (m[i] ?? 0) + (1 - beta1) * g;
      v[i] = beta2 * (v[i] ?? 0) + (1 - beta2) * g * g;
      return w - (decoupled ? rate * decayOf(name) * w : 0) - (corrected * (m[i] ?? 0)) / (Math.sqrt(v[i] ?? 0) + epsilon);
    });
  };
}

const momentumless = { kind: 'sgd', momentum: 0 } as const;
const adam = { beta1: 0.8, beta2: 0.99, epsilon: 1e-3 };

for (const kind of ['native', 'wasm'] as const) {
  describe(`updates against plain calculations, ${kind} engine`, () => {
    const test = engineTests({ kind });

    for (const nesterov of [false, true]) {
      test(`SGD with momentum${nesterov ? ', Nesterov' : ''}, and weight decay`, async (engine) => {
        await compareUpdates(engine, { ...decays, optimizer: { kind: 'sgd', momentum: 0.9, nesterov } }, unclipped, plainSgd(0.9, nesterov));
      });
    }

    test('SGD without momentum keeps no slots', async (engine) => {
      await compareUpdates(engine, { ...decays, optimizer: momentumless }, unclipped, plainSgd(0, false));
      const { session } = await openBench(engine, 2, { optimizer: momentumless });
      session.close();
      assert.deepEqual(session.graph.slotNames, []);
    });

    test('Adam with the penalty in the gradient', async (engine) => {
      await compareUpdates(engine, { ...decays, optimizer: { kind: 'adam', ...adam } }, unclipped, plainAdam(false, adam.beta1, adam.beta2, adam.epsilon));
    });

    test('AdamW with decoupled decay', async (engine) => {
      await compareUpdates(engine, { ...decays, optimizer: { kind: 'adamw', ...adam } }, unclipped, plainAdam(true, adam.beta1, adam.beta2, adam.epsilon));
    });

    test('clipping by the global norm shortens long gradients only', async (engine) => {
      const clip = (limit: number) => (gradients: Numbers): Numbers => {
        const factor = Math.min(1, limit / lengthOf([...gradients.values()].flat()));
        return new Map([...gradients].map(([name, values]) => [name, values.map((value) => value * factor)]));
      };
      const norms = await compareUpdates(engine, { ...decays, optimizer: momentumless, clipping: { globalClipnorm: 0.5 } }, clip(0.5), plainSgd(0, false));
      assert.ok(norms.every((norm) => norm > 0.5), `norms ${norms.join()} were to be clipped`);
      await compareUpdates(engine, { optimizer: momentumless, clipping: { globalClipnorm: 1000 } }, unclipped, (_name, weight, gradient, rate) => weight.map((w, i) => w - rate * (gradient[i] ?? NaN)));
    });

    test('clipping by the norm of each weight', async (engine) => {
      const clip = (gradients: Numbers): Numbers => new Map([...gradients].map(([name, values]) => [name, values.map((value) => value * Math.min(1, 0.3 / lengthOf(values)))]));
      await compareUpdates(engine, { optimizer: momentumless, ...decays, clipping: { clipnorm: 0.3 } }, clip, plainSgd(0, false));
    });

    test('clipping by value', async (engine) => {
      const clip = (gradients: Numbers): Numbers => new Map([...gradients].map(([name, values]) => [name, values.map((value) => Math.min(0.02, Math.max(-0.02, value)))]));
      await compareUpdates(engine, { optimizer: momentumless, ...decays, clipping: { clipvalue: 0.02 } }, clip, plainSgd(0, false));
    });

    test('accumulated micro-batches make the update of the one large batch', async (engine) => {
      const optimizer = { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-3 } as const;
      const settings = { ...decays, optimizer, clipping: { globalClipnorm: 1 } };
      const [large, small] = [await openBench(engine, 12, settings), await openBench(engine, 4, { ...settings, accumulate: 3 })];
      try {
        for (let t = 1; t <= 3; t++) {
          const whole = await large.session.step(inputsOf(t, 12));
          assert.equal(await small.session.train(inputsOf(t, 4), { first: true, last: false }), undefined);
          assert.equal(await small.session.train(inputsOf(t, 4, 4), { first: false, last: false }), undefined);
          const pieces = await small.session.train(inputsOf(t, 4, 8), { first: false, last: true });
          assert.ok(pieces && Math.abs(pieces.loss - whole.loss) < 1e-5 && Math.abs(pieces.accuracy - whole.accuracy) < 1e-6);
          assert.ok(Math.abs(pieces.gradientNorm - whole.gradientNorm) < 1e-4 * whole.gradientNorm);
        }
        assert.ok(!small.session.graph.variables.some(({ name }) => name.startsWith('accumulated/')), 'sums are no part of a checkpoint');
        assertClose(await small.session.read(small.session.graph.weightNames), numbersOf(await large.session.read(large.session.graph.weightNames)), 1e-5);
      } finally {
        large.session.close();
        small.session.close();
      }
    });

    test('with batch normalisation each micro-batch is normalised by itself and moves the statistics', async (engine) => {
      const { session } = await openBench(engine, 4, { optimizer: momentumless, accumulate: 2 }, true);
      try {
        const before = numbersOf(await session.read(['norm/moving_mean', 'conv/kernel']));
        await session.train(inputsOf(1, 4), { first: true, last: false });
        const between = await session.read(['norm/moving_mean', 'conv/kernel']);
        assertClose(between, new Map([['conv/kernel', before.get('conv/kernel') ?? []]]), 0);
        assert.notDeepEqual(Array.from(between.get('norm/moving_mean')?.data ?? []), before.get('norm/moving_mean'));
        await session.train(inputsOf(1, 4, 4), { first: false, last: true });
        assert.notDeepEqual(await session.read(['norm/moving_mean']), new Map([['norm/moving_mean', between.get('norm/moving_mean')]]));
      } finally {
        session.close();
      }
    });

    test('the average of the weights, statistics included, follows min(decay, (1 + t) / (10 + t))', async (engine) => {
      const decay = 0.25;
      const { session, spec } = await openBench(engine, 6, { optimizer: { kind: 'sgd', momentum: 0.9 }, ema: { decay } }, true);
      try {
        const names = initialWeights(spec, 3).keys();
        let expected = numbersOf(await session.read([...names]));
        for (let t = 1; t <= 3; t++) {
          await session.step(inputsOf(t, 6));
          const now = numbersOf(await session.read([...expected.keys()]));
          const kept = Math.min(decay, (1 + t) / (10 + t));
          expected = new Map([...expected].map(([name, values]) => [name, values.map((value, i) => kept * value + (1 - kept) * (now.get(name)?.[i] ?? NaN))]));
        }
        assert.ok(expected.has('norm/moving_variance'));
        const model = await session.readModel();
        assertClose(model, expected, 2e-6);
        const own = await session.read([...expected.keys()]);
        assert.notDeepEqual(model.get('conv/kernel'), own.get('conv/kernel'));
        assert.deepEqual([...model.keys()].filter((name) => name.startsWith('head/')), [], 'the head is no part of what is deployed');
      } finally {
        session.close();
      }
    });

    test('validation computes with moving statistics and averages, changes nothing, and does not see the other pictures of its batch', async (engine) => {
      const batch = 4;
      const { session, spec } = await openBench(engine, batch, { optimizer: { kind: 'sgd', momentum: 0, nesterov: false }, ema: { decay: 0.5 }, validates: true }, true);
      try {
        for (let t = 1; t <= 3; t++) await session.step(inputsOf(t, batch));
        const names = session.graph.variables.map(({ name }) => name);
        const before = await session.read(names);
        const inputs = inputsOf(1, batch, 20);
        const { losses, hits } = await session.validate(inputs);
        assert.deepEqual(await session.read(names), before);
        // The network as it is deployed, folded, and the head on plain numbers.
        const model = await session.readModel();
        const embeddings = await embed(engine, spec, model, inputs.images, batch);
        const [kernel, bias] = [before.get('head/kernel'), before.get('head/bias')];
        assert.ok(kernel && bias);
        for (let i = 0; i < batch; i++) {
          const logits: number[] = Array.from(bias.data, (offset, c) => embeddings.subarray(i * embeddingLength, (i + 1) * embeddingLength).reduce((sum, x, k) => sum + x * (kernel.data[k * identities + c] ?? 0), offset));
          const label = inputs.labels[i] ?? 0;
          const expected = Math.log(logits.reduce((sum: number, z: number) => sum + Math.exp(z), 0)) - (logits[label] ?? 0);
          assert.ok(Math.abs((losses[i] ?? NaN) - expected) < 1e-4 * (1 + expected), `loss ${losses[i]} instead of ${expected}`);
          assert.equal(hits[i], logits[label] === Math.max(...logits) ? 1 : 0);
        }
        const alone = { ...inputs, images: inputs.images.slice(), labels: inputs.labels };
        alone.images.fill(0, alone.images.length / batch);
        assert.ok(Math.abs(((await session.validate(alone)).losses[0] ?? NaN) - (losses[0] ?? NaN)) < 1e-5);
      } finally {
        session.close();
      }
    });

    test('label smoothing is the cross-entropy with spread targets, and so is its gradient', async (engine) => {
      const [rows, classes, smoothing] = [3, 4, 0.2];
      const labels = [2, 0, 3];
      const random = new SeededRandom(5, 'logits');
      const logits = Float32Array.from({ length: rows * classes }, () => 2 * random.normal());
      const g = new GraphBuilder();
      const variable = g.variable('logits', [rows, classes]);
      const loss = meanCrossEntropy(g, variable.value, g.int32(labels), smoothing);
      const [gradient] = differentiate(g, loss, [variable]);
      const session = engine.openSession(g.build());
      try {
        await session.run({ [assignPlaceholder('logits')]: { dtype: 'float32', shape: [rows, classes], data: logits } }, [], [assignNode('logits')]);
        const [lossValue, slope] = await session.run({}, [loss.ref, gradient?.gradient.ref ?? '']);
        let expected = 0;
        const slopes = labels.flatMap((label, row) => {
          const z = Array.from(logits.subarray(row * classes, (row + 1) * classes));
          const sum = z.reduce((total, value) => total + Math.exp(value), 0);
          return z.map((value, i) => {
            const target = (i === label ? 1 - smoothing : 0) + smoothing / classes;
            expected -= (target * (value - Math.log(sum))) / rows;
            return (Math.exp(value) / sum - target) / rows;
          });
        });
        assert.ok(Math.abs(Number(lossValue?.data[0]) - expected) < 1e-5, `${String(lossValue?.data[0])} instead of ${expected}`);
        slopes.forEach((value, i) => assert.ok(Math.abs(Number(slope?.data[i]) - value) < 1e-6, `gradient ${i}`));
      } finally {
        session.close();
      }
    });
  });
}
