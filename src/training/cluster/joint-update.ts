import type { GraphBuilder, GraphTensor } from '../../network/graph/graph-builder';
import { elementCount } from '../../network/graph/graph-def';
import * as ops from '../../network/graph/operations';
import type { UpdateParts } from '../graph/update-parts';
import { allReduceSum } from './collectives';
import { runCollective, type ClusterShare } from './run-collectives';

/** An update of all ranks. */
export interface JointUpdate extends UpdateParts {
  /** See `jointUpdate`. */
  readonly sums: readonly GraphTensor[];
}

/**
 * Means over the ranks of a cluster: gradients, moving statistics and measures lie in one bucket, one after another, and go through one all-reduce.
 *
 * Batch normalisation computes with the mean and the variance of its own rank's pictures, as Keras does under MultiWorkerMirroredStrategy and PyTorch without
 * SyncBatchNorm; its moving statistics are, after each update, the means of those of all ranks, weighted by their pictures.
 * @param own of this process; with accumulation, of all its micro-batches
 * @param summands scalars whose sums over the ranks are wanted too
 * @returns the same bits on every rank
 */
export function jointUpdate(g: GraphBuilder, own: UpdateParts, cluster: ClusterShare, summands: readonly GraphTensor[]): JointUpdate {
  const share = cluster.part.count / cluster.batch;
  // Whole again once they have got their share.
  const extended = summands.map((summand) => g.scope('all_reduce', () => ops.binary(g, 'Mul', summand, g.scalar(1 / share))));
  const parts = [...own.gradients.map(({ gradient }) => gradient), ...own.statistics.map(({ value }) => value), ...extended, own.loss, own.accuracy];
  const means = meansOverRanks(g, parts, share, cluster);
  const mean = (i: number): GraphTensor => {
    const tensor = means.at(i);
    if (!tensor) throw new Error(`The bucket has no part ${i}`);
    return tensor;
  };
  return {
    gradients: own.gradients.map(({ variable }, i) => ({ variable, gradient: mean(i) })),
    statistics: own.statistics.map(({ variable }, i) => ({ variable, value: mean(own.gradients.length + i) })),
    sums: extended.map((_, i) => mean(own.gradients.length + own.statistics.length + i)),
    loss: mean(-2), accuracy: mean(-1),
  };
}

function meansOverRanks(g: GraphBuilder, tensors: readonly GraphTensor[], share: number, cluster: ClusterShare): GraphTensor[] {
  return g.scope('all_reduce', () => {
    const flat = tensors.map((tensor) => ops.reshape(g, tensor, [elementCount(tensor.shape)]));
    const bucket = ops.binary(g, 'Mul', ops.concat(g, flat, 0), g.scalar(share));
    const parts = ops.splitSizes(g, allReduceSum(g, bucket, runCollective(cluster, 'update')), flat.map((tensor) => ops.dimension(tensor, 0)));
    return parts.map((part, i) => ops.reshape(g, part, tensors[i]?.shape ?? []));
  });
}
