import { addNetwork } from '../../network/forward';
import type { GraphBuilder, GraphTensor } from '../../network/graph/graph-builder';
import * as ops from '../../network/graph/operations';
import { addShardedHead } from '../cluster/sharded-head';
import { crossEntropies } from './cross-entropy';
import { addHead, type HeadFeeds } from './head-graph';
import type { TrainGraphOptions } from './train-graph-options';

/** What is measured of images that are not trained on. */
export interface ValidationOutputs {
  /** float32 [batch]: cross-entropy of each picture, as the head defines it; where each rank holds other identities, of the pictures of all ranks. */
  readonly losses: string;
  /** float32 [batch]: 1 where the own identity scored highest before any margin, else 0. */
  readonly hits: string;
}

/**
 * Adds the network and its head once more, without training mode: moving statistics, no dropout, and nothing that a run of it changes.
 * It takes the placeholders of the training step.
 * @param averages by the name of a weight: the average that is measured in its place
 */
export function addValidation(
  g: GraphBuilder, options: TrainGraphOptions, images: GraphTensor, inputs: HeadFeeds, averages: ReadonlyMap<string, string>,
): ValidationOutputs {
  const { spec, labelSmoothing = 0, precision = 'float32' } = options;
  const { labels } = inputs;
  return g.scope('validation', () => {
    const embedding = addNetwork(g, spec, images, { weight: (name, shape) => g.variable(averages.get(name) ?? name, shape).value, imageType: precision });
    if (options.cluster && options.shard) {
      const { losses, hits } = addShardedHead(g, {
        cluster: options.cluster, embedding, labels, smoothing: labelSmoothing, identities: options.shard.sampledOverRanks, addHead: (gathered) => addHead(g, options, { ...inputs, ...gathered }),
      }, 'validation');
      return { losses: losses.ref, hits: hits.ref };
    }
    const { logits, scores } = addHead(g, options, { embedding, ...inputs });
    const losses = g.scope('loss', () => crossEntropies(g, logits, labels, labelSmoothing));
    const hits = g.scope('accuracy', () => hitsOf(g, scores, labels));
    return { losses: losses.ref, hits: hits.ref };
  });
}

/** float32 [batch]: 1 where the own identity has the highest score, else 0. */
export function hitsOf(g: GraphBuilder, scores: GraphTensor, labels: GraphTensor): GraphTensor {
  return ops.cast(g, ops.compare(g, 'Equal', ops.argMax(g, scores), labels), 'float32');
}
