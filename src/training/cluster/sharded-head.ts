import type { GraphBuilder, GraphTensor, GraphVariable } from '../../network/graph/graph-builder';
import * as ops from '../../network/graph/operations';
import { backpropagate, type VariableGradient } from '../gradients/differentiate';
import type { HeadGraph } from '../graph/head-graph';
import type { HeadInputs } from '../heads/head';
import { allGather, allReduceSum } from './collectives';
import { contiguousPart } from './contiguous-part';
import { jointCrossEntropy, type JointCrossEntropy } from './joint-cross-entropy';
import { runCollective, type ClusterShare } from './run-collectives';

export interface ShardedHeadOptions {
  readonly cluster: ClusterShare;
  /** float32 [part, length]: of this process's pictures. */
  readonly embedding: GraphTensor;
  /** int32 [batch]: column of each picture's identity, -1 where it is another rank's. */
  readonly labels: GraphTensor;
  readonly smoothing: number;
  /** Identities that are compared over all ranks. */
  readonly identities: number;
  /** Adds the head for the pictures of all ranks and the identities of this one. */
  addHead(inputs: Required<Pick<HeadInputs, 'embedding' | 'labels' | 'owned'>>): HeadGraph;
}

export interface ShardedHead extends Pick<JointCrossEntropy, 'losses' | 'hits'> {
  /**
   * Adds the way back from the mean loss over all ranks: gradients of this rank's part of the head, and of the network for this process's pictures alone.
   * @param network its trainable variables
   */
  gradients(network: readonly GraphVariable[]): { readonly network: VariableGradient[]; readonly head: VariableGradient[] };
}

/**
 * The head of a cluster whose ranks hold the centres of different identities (An et al. 2022, section 3.1, and InsightFace's PartialFC): embeddings of all
 * ranks are gathered, each rank compares them with its own identities, the softmax is brought together, and each rank takes the gradients of its pictures'
 * embeddings from all ranks. Centres are updated where they lie and never travel.
 */
export function addShardedHead(g: GraphBuilder, options: ShardedHeadOptions, purpose: 'training' | 'validation'): ShardedHead {
  const { cluster, embedding, labels, smoothing, identities } = options;
  const inTraining = purpose === 'training';
  const gathered = g.scope('gathered', () => gatherEmbeddings(g, embedding, cluster, inTraining ? 'embeddings' : 'validationEmbeddings'));
  const { owned, columns } = g.scope('gathered', () => ({ owned: ops.compare(g, 'Greater', labels, g.int32([-1], [])), columns: ops.binary(g, 'Maximum', labels, g.int32([0], [])) }));
  const { logits, scores, trainable } = options.addHead({ embedding: gathered, labels: columns, owned });
  const joint = g.scope('loss', () => jointCrossEntropy(
    g, { logits, scores, labels: columns, owned, smoothing, identities }, runCollective(cluster, inTraining ? 'scores' : 'validationScores'),
  ));
  return {
    ...joint,
    gradients(network) {
      const embeddings = { name: 'the embeddings of all ranks', value: gathered };
      const gradientOf = backpropagate(g, { output: logits, gradient: g.scope('loss', () => joint.gradient()) }, [...trainable, embeddings]);
      const own = g.scope('gathered', () => ownRows(g, gradientOf(embeddings), cluster));
      const ofNetwork = backpropagate(g, { output: embedding, gradient: own }, network);
      const paired = (variable: GraphVariable, gradient: GraphTensor): VariableGradient => ({ variable, gradient });
      return { head: trainable.map((variable) => paired(variable, gradientOf(variable))), network: network.map((variable) => paired(variable, ofNetwork(variable))) };
    },
  };
}

/** Those of all ranks, [batch, length], in the order of the batch. */
function gatherEmbeddings(g: GraphBuilder, own: GraphTensor, cluster: ClusterShare, name: 'embeddings' | 'validationEmbeddings'): GraphTensor {
  const { ranks, batch, part } = cluster;
  const length = ops.dimension(own, 1);
  const places = Math.ceil(batch / ranks);
  const filled = part.count === places ? own : ops.concat(g, [own, ops.zeros(g, [places - part.count, length])], 0);
  const all = allGather(g, filled, runCollective(cluster, name));
  if (batch === ranks * places) return all;
  const order = Array.from({ length: ranks }, (_, rank) => contiguousPart(batch, ranks, rank)).flatMap(({ count }, rank) => Array.from({ length: count }, (_, i) => rank * places + i));
  return ops.gather(g, all, g.int32(order));
}

/** Gradients of this process's rows from all ranks, as those of the mean over its own pictures. @param gradient [batch, length], this rank's share of the mean over all */
function ownRows(g: GraphBuilder, gradient: GraphTensor, cluster: ClusterShare): GraphTensor {
  const { batch, part } = cluster;
  const sum = allReduceSum(g, gradient, runCollective(cluster, 'embeddingGradients'));
  const own = ops.gather(g, sum, g.int32(Array.from({ length: part.count }, (_, i) => part.offset + i)));
  return ops.binary(g, 'Mul', own, g.scalar(batch / part.count));
}
