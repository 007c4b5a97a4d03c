import type { GraphBuilder, GraphTensor } from '../../network/graph/graph-builder';
import { elementCount } from '../../network/graph/graph-def';
import * as ops from '../../network/graph/operations';
import type { UpdateParts } from '../graph/update-parts';
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

/**
 * Means over the ranks of a cluster: gradients, moving statistics and measures lie in one bucket, one after another, and go through one all-reduce.
 *
 * Batch normalisation computes with the mean and the variance of its own rank's pictures, as Keras does under MultiWorkerMirroredStrategy and PyTorch without
 * SyncBatchNorm; its moving statistics are, after each update, the means of those of all ranks, weighted by their pictures.
 * @param own of this process; with accumulation, of all its micro-batches
 * @returns the same bits on every rank
 */
export function jointUpdate(g: GraphBuilder, own: UpdateParts, { ranks, share, timeoutSeconds, instance }: ClusterShare): UpdateParts {
  const parts = [...own.gradients.map(({ gradient }) => gradient), ...own.statistics.map(({ value }) => value), own.loss, own.accuracy];
  const means = meansOverRanks(g, parts, share, { ranks, instance, timeoutSeconds });
  const mean = (i: number): GraphTensor => {
    const tensor = means.at(i);
    if (!tensor) throw new Error(`The bucket has no part ${i}`);
    return tensor;
  };
  return {
    gradients: own.gradients.map(({ variable }, i) => ({ variable, gradient: mean(i) })),
    statistics: own.statistics.map(({ variable }, i) => ({ variable, value: mean(own.gradients.length + i) })),
    loss: mean(-2), accuracy: mean(-1),
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
