import { addNetwork } from '../../network/forward';
import type { GraphBuilder, GraphTensor, GraphVariable } from '../../network/graph/graph-builder';
import * as ops from '../../network/graph/operations';
import type { NetworkSpec } from '../../network/network-spec';
import { weightDefinitions } from '../../network/weight-definitions';
import { addShardedHead } from '../cluster/sharded-head';
import { differentiate, type VariableGradient } from '../gradients/differentiate';
import { meanCrossEntropy } from './cross-entropy';
import { addHead, type HeadFeeds } from './head-graph';
import type { TrainGraphOptions } from './train-graph-options';
import type { Statistic, UpdateParts } from './update-parts';
import { hitsOf } from './validation-graph';

/** What this process makes of a batch. */
export interface BatchParts extends UpdateParts {
  /** Gradients of the part of the head that no other rank holds; `gradients` are those of what all hold. */
  readonly ownHead: readonly VariableGradient[];
}

export interface BatchFeeds extends HeadFeeds {
  readonly images: GraphTensor;
  /** int32 [2] */
  readonly seed: GraphTensor;
}

/** Adds network, head, loss and gradients of a batch. */
export function addBatch(g: GraphBuilder, options: TrainGraphOptions, { images, seed, ...headFeeds }: BatchFeeds): BatchParts {
  const { spec, precision = 'float32', labelSmoothing = 0, cluster, shard } = options;
  const { labels } = headFeeds;
  const statistics: Statistic[] = [];
  const updateWeight = (name: string, value: GraphTensor): void => void statistics.push({ variable: variableOf(g, name), value });
  const embedding = addNetwork(g, spec, images, {
    weight: (name, shape) => g.variable(name, shape).value,
    imageType: precision,
    training: { seed, updateWeight },
  });
  const mean = (name: string, ofPictures: () => GraphTensor): GraphTensor => g.scope(name, () => ops.reduce(g, 'Mean', ofPictures(), [0], false));
  if (cluster && shard) {
    const sharded = addShardedHead(g, {
      cluster, embedding, labels, smoothing: labelSmoothing, identities: shard.sampledOverRanks, addHead: (gathered) => addHead(g, options, { ...headFeeds, ...gathered, updateWeight }),
    }, 'training');
    const { network, head } = sharded.gradients(trainableOf(g, spec));
    return { gradients: network, ownHead: head, statistics, loss: mean('loss', () => sharded.losses), accuracy: mean('accuracy', () => sharded.hits) };
  }
  const { logits, scores, trainable } = addHead(g, options, { ...headFeeds, embedding, updateWeight });
  const loss = g.scope('loss', () => meanCrossEntropy(g, logits, labels, labelSmoothing));
  const accuracy = mean('accuracy', () => hitsOf(g, scores, labels));
  return { gradients: differentiate(g, loss, [...trainableOf(g, spec), ...trainable]), ownHead: [], statistics, loss, accuracy };
}

function trainableOf(g: GraphBuilder, spec: NetworkSpec): GraphVariable[] {
  return weightDefinitions(spec).filter(({ trainable }) => trainable).map(({ name }) => variableOf(g, name));
}

/** A variable that was made. @throws Error when it was not */
export function variableOf(g: GraphBuilder, name: string): GraphVariable {
  const variable = g.variables.find((candidate) => candidate.name === name);
  if (!variable) throw new Error(`The graph has no variable ${name}`);
  return variable;
}
