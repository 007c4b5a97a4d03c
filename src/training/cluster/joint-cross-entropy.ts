import type { GraphBuilder, GraphTensor } from '../../network/graph/graph-builder';
import * as ops from '../../network/graph/operations';
import { allGather, type Collective } from './collectives';

export interface ShardedScores {
  /** float32 [batch, own]: of the pictures of all ranks, for the identities that are compared here. */
  readonly logits: GraphTensor;
  /** float32 [batch, own]: before any margin. */
  readonly scores: GraphTensor;
  /** int32 [batch]: column of each picture's identity; any where it is not `owned`. */
  readonly labels: GraphTensor;
  /** bool [batch]: whether the picture's identity is one of this rank's. */
  readonly owned: GraphTensor;
  /** Share of the target that is spread over all identities. */
  readonly smoothing: number;
  /** Identities that are compared over all ranks. */
  readonly identities: number;
}

export interface JointCrossEntropy {
  /** float32 [batch]: cross-entropy of each picture over the identities of all ranks, the same bits on each. */
  readonly losses: GraphTensor;
  /** float32 [batch]: 1 where the own identity scored highest, else 0. */
  readonly hits: GraphTensor;
  /** Adds the gradient of the mean loss for `logits`, [batch, own]. */
  gradient(): GraphTensor;
}

/**
 * Softmax cross-entropy whose identities are spread over the ranks (An et al. 2022, section 3.1): each rank tells six numbers a picture instead of all its
 * logits, among them the largest logit and the sum of the exponentials below it, in one collective. Smoothing as in `crossEntropies`.
 */
export function jointCrossEntropy(g: GraphBuilder, scored: ShardedScores, collective: Collective): JointCrossEntropy {
  const { logits, scores, labels, owned, smoothing, identities } = scored;
  const batch = ops.dimension(logits, 0);
  const indices = ops.rowIndices(g, labels);
  const highestOf = (x: GraphTensor): GraphTensor => ops.reduce(g, 'Max', x, [1], false);
  const sumOf = (x: GraphTensor): GraphTensor => ops.reduce(g, 'Sum', x, [1], false);
  const ownOf = (x: GraphTensor): GraphTensor => ops.select(g, owned, ops.gatherNd(g, x, indices), ops.zeros(g, [batch]));
  const column = (x: GraphTensor): GraphTensor => ops.reshape(g, x, [batch, 1]);
  const minus = (x: GraphTensor, y: GraphTensor): GraphTensor => ops.binary(g, 'Sub', x, y);
  const times = (x: GraphTensor, y: GraphTensor): GraphTensor => ops.binary(g, 'Mul', x, y);
  const overRanks = (op: 'Sum' | 'Max', x: GraphTensor): GraphTensor => ops.reduce(g, op, x, [0], false);
  const here = highestOf(logits);
  const powers = ops.unary(g, 'Exp', minus(logits, column(here)));
  const told = tellAll(g, { highest: here, sum: sumOf(powers), own: ownOf(logits), total: sumOf(logits), highestScore: highestOf(scores), ownScore: ownOf(scores) }, collective);
  const highest = overRanks('Max', told.highest);
  const sum = overRanks('Sum', times(told.sum, ops.unary(g, 'Exp', minus(told.highest, highest))));
  const own = overRanks('Sum', told.own);
  const hard = minus(ops.binary(g, 'AddV2', ops.unary(g, 'Log', sum), highest), own);
  const mean = times(overRanks('Sum', told.total), g.scalar(1 / identities));
  const losses = smoothing > 0 ? ops.binary(g, 'AddV2', hard, times(minus(own, mean), g.scalar(smoothing))) : hard;
  const hits = ops.cast(g, ops.compare(g, 'GreaterEqual', overRanks('Sum', told.ownScore), overRanks('Max', told.highestScore)), 'float32');
  return {
    losses, hits,
    gradient: () => g.scope('gradient', () => {
      const perPicture = ops.binary(g, 'RealDiv', times(ops.unary(g, 'Exp', minus(here, highest)), g.scalar(1 / batch)), sum);
      const shares = times(powers, column(perPicture));
      const spread = smoothing > 0 ? minus(shares, g.scalar(smoothing / identities / batch)) : shares;
      const ownShare = ops.gatherNd(g, spread, indices);
      return ops.scatterUpdate(g, spread, indices, ops.select(g, owned, minus(ownShare, g.scalar((1 - smoothing) / batch)), ownShare));
    }),
  };
}

/** Vectors [n] of this rank, and those of all ranks in their place, [ranks, n], by one collective. */
function tellAll<K extends string>(g: GraphBuilder, vectors: Readonly<Record<K, GraphTensor>>, collective: Collective): Record<K, GraphTensor> {
  const entries = Object.entries(vectors) as [K, GraphTensor][];
  const lengths = entries.map(([, vector]) => ops.dimension(vector, 0));
  const own = ops.concat(g, entries.map(([, vector]) => vector), 0);
  const all = allGather(g, ops.reshape(g, own, [1, ops.dimension(own, 0)]), collective);
  const parts = ops.splitSizes(g, all, lengths, 1);
  return Object.fromEntries(entries.map(([name], i) => [name, parts[i]])) as Record<K, GraphTensor>;
}
