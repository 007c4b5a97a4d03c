import { UserError, errorText } from '../base/user-error';
import type { Engine } from '../engine/engine';
import type { ImageType } from '../network/forward';
import { elementCount } from '../network/graph/graph-def';
import { networkSpecFormat, type NetworkSpec } from '../network/network-spec';
import { initialWeight } from '../network/weight-definitions';
import { buildTrainGraph } from './graph/train-graph';
import { TrainingSession } from './graph/training-session';
import { softmaxHead } from './heads/softmax';
import type { PrecisionWish } from './precision-section';

export interface PrecisionChoice {
  readonly precision: ImageType;
  /** One sentence that says why. */
  readonly reason: string;
}

/** From this ratio of speeds on, bfloat16 is worth its rounding. */
const worthwhileRatio = 1.2;
const probeBatch = 16;
const probeRounds = 4;
const probeIdentities = 8;
const side = 28;

/** Decides on a precision; only where bfloat16 is asked for is anything measured (about two seconds). @throws UserError when bfloat16 is asked for and cannot run */
export async function choosePrecision(engine: Engine, wish: PrecisionWish): Promise<PrecisionChoice> {
  if (wish === 'float32') return { precision: 'float32', reason: 'Training in float32.' };
  if (engine.description.kind === 'wasm') {
    if (wish === 'auto') return { precision: 'float32', reason: 'Training in float32: the WebAssembly engine has no bfloat16.' };
    throw new UserError('The WebAssembly engine has no bfloat16.', 'Set precision to float32, or install the native engine with `mobilefacenet engine install`.');
  }
  let ratio: number;
  try {
    ratio = await measureRatio(engine);
  } catch (error) {
    if (wish === 'auto') return { precision: 'float32', reason: `Training in float32: this processor cannot train in bfloat16 (${errorText(error)}).` };
    throw new UserError(`This processor cannot train in bfloat16 (${errorText(error)}).`, 'Set precision to float32.', { cause: error });
  }
  const measured = `a step in bfloat16 is ${ratio.toFixed(2)} times as fast as in float32 on this processor`;
  if (wish === 'bfloat16' || ratio >= worthwhileRatio) return { precision: 'bfloat16', reason: `Training in bfloat16, a lower precision than float32: ${measured}.` };
  return { precision: 'float32', reason: `Training in float32: ${measured}.` };
}

/** Speed of bfloat16 over float32 in alternating steps of one bottleneck, by the fastest of each. */
async function measureRatio(engine: Engine): Promise<number> {
  const wide = await openProbe(engine, 'float32');
  try {
    const narrow = await openProbe(engine, 'bfloat16');
    try {
      // The first steps compile.
      await wide.step();
      await narrow.step();
      const [wideMs, narrowMs]: [number[], number[]] = [[], []];
      for (let round = 0; round < probeRounds; round++) {
        wideMs.push(await timed(wide.step));
        narrowMs.push(await timed(narrow.step));
      }
      return Math.min(...wideMs) / Math.min(...narrowMs);
    } finally {
      narrow.close();
    }
  } finally {
    wide.close();
  }
}

async function timed(step: () => Promise<void>): Promise<number> {
  const startMs = performance.now();
  await step();
  return performance.now() - startMs;
}

async function openProbe(engine: Engine, precision: ImageType): Promise<{ step: () => Promise<void>; close: () => void }> {
  const graph = buildTrainGraph({
    spec: probeNetwork, head: softmaxHead, identities: probeIdentities, batch: probeBatch, precision, optimizer: { kind: 'sgd', momentum: 0 }, weightDecay: 0, headWeightDecay: 0,
  });
  const session = new TrainingSession(engine, graph, { batch: probeBatch, imageSize: 2 * side }, { beta1: 0, beta2: 0 });
  const values = new Map(graph.variables.map(({ name, shape }) => {
    const scale = /gamma|variance|alpha/.test(name) ? 1 : 0;
    const initializer = /kernel$/.test(name) ? ({ kind: 'glorotUniform', fanIn: elementCount(shape.slice(0, -1)), fanOut: shape.at(-1) ?? 1 } as const) : ({ kind: 'constant', value: scale } as const);
    return [name, initialWeight({ name, shape, initializer }, 1)] as const;
  }));
  try {
    await session.assign(values);
  } catch (error) {
    session.close();
    throw error;
  }
  const images = Float32Array.from({ length: probeBatch * (2 * side) ** 2 * 3 }, (_, i) => Math.sin(i));
  const labels = Int32Array.from({ length: probeBatch }, (_, i) => i % probeIdentities);
  return {
    step: async () => void (await session.step({ images, labels, learningRate: 1e-3, margin: 0, update: 1, seed: [1, 1] })),
    close: () => session.close(),
  };
}

/** One bottleneck of the paper's network on 28x28, with what stands before and after it. */
const probeNetwork: NetworkSpec = {
  format: networkSpecFormat, name: 'precision-probe', embeddingLength: 64, output: 'flatten', normalization: { mean: 127.5, deviation: 128 },
  layers: [
    { kind: 'input', name: 'input', shape: [2 * side, 2 * side, 3] },
    { kind: 'conv2d', name: 'first', input: 'input', filters: 64, kernelSize: 3, strides: 2, padding: 'same', useBias: false },
    { kind: 'batchNormalization', name: 'first_bn', input: 'first', epsilon: 1e-3, momentum: 0.9 },
    { kind: 'prelu', name: 'first_prelu', input: 'first_bn' },
    { kind: 'conv2d', name: 'expand', input: 'first_prelu', filters: 256, kernelSize: 1, strides: 1, padding: 'same', useBias: false },
    { kind: 'batchNormalization', name: 'expand_bn', input: 'expand', epsilon: 1e-3, momentum: 0.9 },
    { kind: 'prelu', name: 'expand_prelu', input: 'expand_bn' },
    { kind: 'depthwiseConv2d', name: 'depthwise', input: 'expand_prelu', kernelSize: 3, strides: 1, padding: 'same', useBias: false },
    { kind: 'batchNormalization', name: 'depthwise_bn', input: 'depthwise', epsilon: 1e-3, momentum: 0.9 },
    { kind: 'prelu', name: 'depthwise_prelu', input: 'depthwise_bn' },
    { kind: 'conv2d', name: 'project', input: 'depthwise_prelu', filters: 64, kernelSize: 1, strides: 1, padding: 'same', useBias: false },
    { kind: 'batchNormalization', name: 'project_bn', input: 'project', epsilon: 1e-3, momentum: 0.9 },
    { kind: 'depthwiseConv2d', name: 'last', input: 'project_bn', kernelSize: side, strides: 1, padding: 'valid', useBias: false },
    { kind: 'flatten', name: 'flatten', input: 'last' },
  ],
};
