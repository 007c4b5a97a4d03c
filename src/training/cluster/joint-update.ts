import type { GraphBuilder, GraphTensor } from '../../network/graph/graph-builder';
import { elementCount } from '../../network/graph/graph-def';
import * as ops from '../../network/graph/operations';
import type { VariableGradient } from '../gradients/differentiate';
import { addAccumulation } from '../graph/gradient-accumulation';
import { allReduceSum, type Collective } from './collectives';

/** What this process does of each update of a cluster. */
export interface ClusterShare {
  readonly ranks: number;
  /** Share of the pictures of an update, above 0 and up to 1. */
  readonly share: number;
  readonly timeoutSeconds: number;
  /** See `Collective`. */
  readonly instance: number;
}

/** A weight that is not trained, and its value after the batch. */
export interface Statistic {
  readonly name: string;
  readonly value: GraphTensor;
}

/** What one process, or all together, make of the pictures of an update. */
export interface UpdateParts {
  readonly gradients: readonly VariableGradient[];
  readonly statistics: readonly Statistic[];
  /** Scalars. */
  readonly loss: GraphTensor;
  readonly accuracy: GraphTensor;
}

/**
 * Means over the ranks of a cluster: gradients, moving statistics and measures lie in one bucket, one after another, and go through one all-reduce.
 *
 * Batch normalisation computes with the mean and the variance of its own rank's pictures, as Keras does under MultiWorkerMirroredStrategy and PyTorch without
 * SyncBatchNorm; its moving statistics are, after each update, the means of those of all ranks, weighted by their pictures.
 * @param own of this process; its gradients are means over micro-batches already
 * @param microBatches how many an update has
 * @returns the same bits on every rank, and the nodes that keep the measures of the first micro-batch, and that add those of a further one
 */
export function jointUpdate(
  g: GraphBuilder, own: UpdateParts, microBatches: number, { ranks, share, timeoutSeconds, instance }: ClusterShare,
): UpdateParts & { readonly first: readonly string[]; readonly next: readonly string[] } {
  const measures = [{ name: 'loss', value: own.loss }, { name: 'accuracy', value: own.accuracy }];
  const accumulated = addAccumulation(g, measures.map(({ name, value }) => ({ variable: { name, shape: [] }, gradient: value })), microBatches);
  const parts = [...own.gradients.map(({ gradient }) => gradient), ...own.statistics.map(({ value }) => value), ...accumulated.gradients.map(({ gradient }) => gradient)];
  const means = meansOverRanks(g, parts, share, { ranks, instance, timeoutSeconds });
  const mean = (i: number): GraphTensor => {
    const tensor = means.at(i);
    if (!tensor) throw new Error(`The bucket has no part ${i}`);
    return tensor;
  };
  return {
    gradients: own.gradients.map(({ variable }, i) => ({ variable, gradient: mean(i) })),
    statistics: own.statistics.map(({ name }, i) => ({ name, value: mean(own.gradients.length + i) })),
    loss: mean(-2), accuracy: mean(-1),
    first: accumulated.first, next: accumulated.next,
  };
}

function meansOverRanks(g: GraphBuilder, tensors: readonly GraphTensor[], share: number, collective: Collective): GraphTensor[] {
  return g.scope('all_reduce', () => {
    const flat = tensors.map((tensor) => ops.reshape(g, tensor, [elementCount(tensor.shape)]));
    const bucket = ops.binary(g, 'Mul', ops.concat(g, flat, 0), g.scalar(share));
    const parts = ops.splitSizes(g, allReduceSum(g, bucket, collective), flat.map((tensor) => ops.dimension(tensor, 0)));
    return parts.map((part, i) => ops.reshape(g, part, tensors[i]?.shape ?? []));
  });
}
