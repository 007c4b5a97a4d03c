import { SeededRandom } from '../../../src/base/random';
import type { Engine } from '../../../src/engine/engine';
import { openEngine } from '../../../src/engine/open-engine';
import type { ImageType } from '../../../src/network/forward';
import { elementCount } from '../../../src/network/graph/graph-def';
import { buildInferenceGraph } from '../../../src/network/inference-graph';
import { createNetwork, type NetworkName } from '../../../src/network/mobilefacenet';
import { initialWeight, initialWeights } from '../../../src/network/weight-definitions';
import type { ClusterShare } from '../../../src/training/cluster/run-collectives';
import type { Batch } from '../../../src/training/data/batch-reader';
import { buildTrainGraph } from '../../../src/training/graph/train-graph';
import { TrainingSession } from '../../../src/training/graph/training-session';
import { arcFaceHead } from '../../../src/training/heads/arcface';
import { headVariables } from '../../../src/training/heads/head-weights';
import { identityShard } from '../../../src/training/heads/identity-shard';
import { sampleSize } from '../../../src/training/heads/sample-identities';
import { serveRounds } from './serve-rounds';

export interface OwnRounds {
  readonly mode: 'step' | 'inference';
  readonly network: NetworkName;
  readonly precision: ImageType;
  readonly batch: number;
  /** Batches of an update; 1 if not given. */
  readonly accumulate?: number | undefined;
  readonly identities: number;
  readonly threads: number;
}

const imageSize = 112;

/** This product as a contestant: answers requests on stdin until it ends. */
export async function serveOwnRounds(options: OwnRounds): Promise<void> {
  const engine = await openEngine({ kind: 'native', threads: { intraOp: options.threads, interOp: options.threads } });
  const step = options.mode === 'step' ? await trainingStep(engine, options) : inferenceStep(engine, options);
  await serveRounds(engine.description.title, step);
  engine.close();
}

/** What a step is of. In a cluster, `batch` is that of this process. */
export interface Training extends Pick<OwnRounds, 'network' | 'precision' | 'batch' | 'accumulate' | 'identities'> {
  readonly cluster?: ClusterShare & { readonly rank: number };
  /** Share of the identities that a step compares with; 1 if not given. The ranks of a cluster share them out where it is less. */
  readonly sampleRate?: number;
  /** Whether the ranks of a cluster share out the identities also where all are compared. */
  readonly shares?: boolean;
}

/** A training step on resident random images; its session has its weights. */
export async function trainingStep(engine: Engine, training: Training): Promise<() => Promise<void>> {
  const { batch, identities, cluster, sampleRate = 1, shares = sampleRate < 1 } = training;
  const step = await stepOnBatches(engine, training);
  const random = new SeededRandom(1, 'images');
  const images = Float32Array.from({ length: batch * imageSize ** 2 * 3 }, () => random.normal());
  // Ranks that share out the identities need the labels of all, which are the same on each.
  const labelRandom = new SeededRandom(1, 'labels');
  const labels = Int32Array.from({ length: cluster && shares ? cluster.batch : batch }, () => labelRandom.below(identities));
  return () => step({ images, labels });
}

/** A training step on a batch that it is given, several times where it accumulates; its session has its weights. */
export async function stepOnBatches(
  engine: Engine, { network, precision, batch, accumulate = 1, identities, cluster, sampleRate = 1, shares = sampleRate < 1 }: Training,
): Promise<(batch: Batch) => Promise<void>> {
  const spec = createNetwork(network);
  const head = arcFaceHead(64);
  const wholeBatch = cluster?.batch ?? batch;
  const sampledIdentities = sampleSize(sampleRate, identities, wholeBatch);
  const shard = cluster && shares ? identityShard(identities, cluster, { sampleRate, batch: wholeBatch }) : undefined;
  const graph = buildTrainGraph({
    spec, head, identities, sampledIdentities, shard, batch, accumulate, precision, cluster, optimizer: { kind: 'sgd', momentum: 0.9 }, weightDecay: 0, headWeightDecay: 0,
  });
  const values = initialWeights(spec, 1);
  for (const weight of headVariables(head, { embeddingLength: spec.embeddingLength, identities, sampled: sampledIdentities })) values.set(weight.name, initialWeight(weight, 1));
  for (const { name, shape } of graph.variables) if (graph.slotNames.includes(name)) values.set(name, { shape, data: new Float32Array(elementCount(shape)) });
  const session = new TrainingSession(engine, graph, { batch, imageSize }, { beta1: 0, beta2: 0 });
  await session.assign(values);
  let update = 0;
  return async ({ images, labels }) => {
    update++;
    const inputs = { images, labels, learningRate: 1e-3, margin: 0.5, update };
    let loss = NaN;
    for (let micro = 0; micro < accumulate; micro++) {
      const result = await session.train({ ...inputs, seed: [1, update * accumulate + micro] }, { first: micro === 0, last: micro === accumulate - 1 });
      loss = result?.loss ?? loss;
    }
    if (!Number.isFinite(loss)) throw new Error(`The loss became ${loss}`);
  };
}

function inferenceStep(engine: Engine, { network, batch }: OwnRounds): () => Promise<void> {
  const spec = createNetwork(network);
  const { graph, pixels, embedding } = buildInferenceGraph(spec, initialWeights(spec, 1));
  const session = engine.openSession(graph);
  const random = new SeededRandom(1, 'pixels');
  const data = Uint8Array.from({ length: batch * imageSize ** 2 * 3 }, () => random.below(256));
  return async () => void (await session.run({ [pixels]: { dtype: 'uint8', shape: [batch, imageSize, imageSize, 3], data } }, [embedding]));
}
