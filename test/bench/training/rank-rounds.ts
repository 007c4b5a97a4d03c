import type { Engine } from '../../../src/engine/engine';
import { openEngine } from '../../../src/engine/open-engine';
import { GraphBuilder, assignNode, assignPlaceholder } from '../../../src/network/graph/graph-builder';
import { partOfBatch } from '../../../src/training/cluster/batch-part';
import { ClusterChannel } from '../../../src/training/cluster/cluster-channel';
import { allReduceSum } from '../../../src/training/cluster/collectives';
import { decodeMessage, encodeMessage } from '../../../src/training/cluster/control-message';
import { hashWords } from '../../../src/training/cluster/weight-agreement';
import { serveRounds } from './serve-rounds';
import { trainingStep, type Training } from './own-rounds';

const timeoutSeconds = 60;

/** One rank as a contestant; all ranks of its cluster get the same requests. */
export interface RankRounds {
  readonly rank: number;
  readonly ports: readonly number[];
  readonly threads: number;
  /** A training step whose batch is shared out, a message of rank 0, or an all-reduce of so many float32. */
  readonly work: { readonly kind: 'step'; readonly training: Omit<Training, 'cluster'> } | { readonly kind: 'message' } | { readonly kind: 'reduce'; readonly floats: number };
}

export async function serveRankRounds({ rank, ports, threads, work }: RankRounds): Promise<void> {
  const ranks = ports.length;
  const cluster = { rank, addresses: ports.map((port) => `127.0.0.1:${port}`), listenOn: '127.0.0.1' };
  const engine = await openEngine({ kind: 'native', threads: { intraOp: threads, interOp: threads }, ...(ranks > 1 ? { cluster } : {}) });
  const channel = ranks > 1 ? new ClusterChannel(engine, { rank, ranks, timeoutSeconds, startTimeoutSeconds: timeoutSeconds }, hashWords) : undefined;
  await channel?.meet();
  const step = await stepOf(engine, channel, { rank, ports, threads, work });
  await serveRounds(engine.description.title, step);
  engine.close();
}

async function stepOf(engine: Engine, channel: ClusterChannel | undefined, { rank, ports, work }: RankRounds): Promise<() => Promise<void>> {
  if (!channel) {
    if (work.kind === 'step') return trainingStep(engine, work.training);
    throw new Error('One rank has nobody to talk to');
  }
  const ranks = ports.length;
  const { instance } = channel.nextRun();
  const announce = async (): Promise<void> => {
    if (rank > 0) decodeMessage(await channel.receive());
    else await channel.send(encodeMessage({ kind: 'batch', step: 1, position: 0, first: true, last: true, learningRate: 1e-3, margin: 0.5, update: 1, seed: [1, 1] }));
  };
  if (work.kind === 'message') return announce;
  if (work.kind === 'reduce') return reduction(engine, work.floats, { ranks, instance });
  const { batch } = work.training;
  const part = partOfBatch(batch, ranks, rank);
  const step = await trainingStep(engine, { ...work.training, batch: part.count, cluster: { ranks, rank, instance, timeoutSeconds, batch, part } });
  return async () => {
    await announce();
    await step();
  };
}

/** Sums a vector that lies in a variable; nothing of it leaves TensorFlow. */
async function reduction(engine: Engine, floats: number, { ranks, instance }: { readonly ranks: number; readonly instance: number }): Promise<() => Promise<void>> {
  const g = new GraphBuilder();
  const x = g.variable('x', [floats]);
  const sum = allReduceSum(g, x.value, { ranks, instance, timeoutSeconds });
  const session = engine.openSession(g.build());
  await session.run({ [assignPlaceholder('x')]: { dtype: 'float32', shape: [floats], data: new Float32Array(floats).fill(1) } }, [], [assignNode('x')]);
  return async () => void (await session.run({}, [], [sum.ref]));
}
