import type { GraphBuilder, GraphTensor } from '../../network/graph/graph-builder';
import * as ops from '../../network/graph/operations';
import { allReduceMax, allReduceSum, type Collective } from './collectives';

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
 * Softmax cross-entropy whose identities are spread over the ranks (An et al. 2022, section 3.1): the largest logit and the sum of the exponentials of each
 * picture are brought together, two numbers and the own logit a picture instead of all its logits. Smoothing as in `crossEntropies`.
 */
export function jointCrossEntropy(g: GraphBuilder, scored: ShardedScores, collectives: { readonly highest: Collective; readonly sums: Collective }): JointCrossEntropy {
  const { logits, scores, labels, owned, smoothing, identities } = scored;
  const batch = ops.dimension(logits, 0);
  const indices = ops.rowIndices(g, labels);
  const highestOf = (x: GraphTensor): GraphTensor => ops.reduce(g, 'Max', x, [1], false);
  const sumOf = (x: GraphTensor): GraphTensor => ops.reduce(g, 'Sum', x, [1], false);
  const ownOf = (x: GraphTensor): GraphTensor => ops.select(g, owned, ops.gatherNd(g, x, indices), ops.zeros(g, [batch]));
  const { highest, highestScore } = together(g, { highest: highestOf(logits), highestScore: highestOf(scores) }, (x) => allReduceMax(g, x, collectives.highest));
  const column = (x: GraphTensor): GraphTensor => ops.reshape(g, x, [batch, 1]);
  const powers = ops.unary(g, 'Exp', ops.binary(g, 'Sub', logits, column(highest)));
  const { sum, own, ownScore, total } = together(
    g, { sum: sumOf(powers), own: ownOf(logits), ownScore: ownOf(scores), total: sumOf(logits) }, (x) => allReduceSum(g, x, collectives.sums),
  );
  const hard = ops.binary(g, 'Sub', ops.binary(g, 'AddV2', ops.unary(g, 'Log', sum), highest), own);
  const mean = ops.binary(g, 'Mul', total, g.scalar(1 / identities));
  const losses = smoothing > 0 ? ops.binary(g, 'AddV2', hard, ops.binary(g, 'Mul', ops.binary(g, 'Sub', own, mean), g.scalar(smoothing))) : hard;
  const hits = ops.cast(g, ops.compare(g, 'GreaterEqual', ownScore, highestScore), 'float32');
  return {
    losses, hits,
    gradient: () => g.scope('gradient', () => {
      const perPicture = ops.binary(g, 'RealDiv', g.scalar(1 / batch), sum);
      const shares = ops.binary(g, 'Mul', powers, column(perPicture));
      const spread = smoothing > 0 ? ops.binary(g, 'Sub', shares, g.scalar(smoothing / identities / batch)) : shares;
      const ownShare = ops.gatherNd(g, spread, indices);
      return ops.scatterUpdate(g, spread, indices, ops.select(g, owned, ops.binary(g, 'Sub', ownShare, g.scalar((1 - smoothing) / batch)), ownShare));
    }),
  };
}

/** Reduces several vectors by one collective. */
function together<K extends string>(g: GraphBuilder, vectors: Readonly<Record<K, GraphTensor>>, reduce: (x: GraphTensor) => GraphTensor): Record<K, GraphTensor> {
  const entries = Object.entries(vectors) as [K, GraphTensor][];
  const reduced = ops.splitSizes(g, reduce(ops.concat(g, entries.map(([, vector]) => vector), 0)), entries.map(([, vector]) => ops.dimension(vector, 0)));
  return Object.fromEntries(entries.map(([name], i) => [name, reduced[i]])) as Record<K, GraphTensor>;
}
