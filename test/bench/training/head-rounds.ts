import { SeededRandom } from '../../../src/base/random';
import type { Engine } from '../../../src/engine/engine';
import { openEngine } from '../../../src/engine/open-engine';
import { elementCount } from '../../../src/network/graph/graph-def';
import { createNetwork } from '../../../src/network/mobilefacenet';
import { initialWeight, initialWeights } from '../../../src/network/weight-definitions';
import { buildTrainGraph } from '../../../src/training/graph/train-graph';
import { TrainingSession } from '../../../src/training/graph/training-session';
import { arcFaceHead } from '../../../src/training/heads/arcface';
import { headVariables } from '../../../src/training/heads/head-weights';
import { sampleSize } from '../../../src/training/heads/sample-identities';
import { serveRounds } from './serve-rounds';

export interface HeadRounds {
  readonly identities: number;
  readonly sampleRate: number;
  readonly batch: number;
  readonly threads: number;
}

const imageSize = 64;
const [scale, margin] = [64, 0.5];

/** A small network under ArcFace over many identities, as a contestant. */
export async function serveHeadRounds(options: HeadRounds): Promise<void> {
  const { threads } = options;
  const engine = await openEngine({ kind: 'native', threads: { intraOp: threads, interOp: threads } });
  await serveRounds(engine.description.title, await headStep(engine, options));
  engine.close();
}

/** A step on resident random images; each has other labels, so that other identities are sampled. */
async function headStep(engine: Engine, { identities, sampleRate, batch }: HeadRounds): Promise<() => Promise<void>> {
  const spec = createNetwork('k210-s', { imageSize, alpha: 0.25 });
  const head = arcFaceHead(scale);
  const sampled = sampleSize(sampleRate, identities, batch);
  const graph = buildTrainGraph({
    spec, head, identities, sampledIdentities: sampled, batch, optimizer: { kind: 'sgd', momentum: 0.9 }, weightDecay: 4e-5, headWeightDecay: 4e-4,
  });
  const session = new TrainingSession(engine, graph, { batch, imageSize }, { beta1: 0, beta2: 0 });
  const values = initialWeights(spec, 1);
  for (const variable of headVariables(head, { embeddingLength: spec.embeddingLength, identities, sampled })) values.set(variable.name, initialWeight(variable, 1));
  for (const { name, shape } of graph.variables) if (graph.slotNames.includes(name)) values.set(name, { shape, data: new Float32Array(elementCount(shape)) });
  await session.assign(values);
  const random = new SeededRandom('bench', 'heads');
  const images = Float32Array.from({ length: batch * imageSize ** 2 * 3 }, () => random.normal());
  let update = 0;
  return async () => {
    update++;
    const labels = Int32Array.from({ length: batch }, () => random.below(identities));
    const { loss } = await session.step({ images, labels, learningRate: 1e-3, margin, update, seed: [1, update] });
    if (!Number.isFinite(loss)) throw new Error(`The loss became ${loss}`);
  };
}
