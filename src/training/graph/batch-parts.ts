import { addNetwork } from '../../network/forward';
import type { GraphBuilder, GraphTensor, GraphVariable } from '../../network/graph/graph-builder';
import * as ops from '../../network/graph/operations';
import { weightDefinitions } from '../../network/weight-definitions';
import { addShardedHead } from '../cluster/sharded-head';
import { differentiate, type VariableGradient } from '../gradients/differentiate';
import { headVariables, type SampledRows } from '../heads/head-weights';
import { meanCrossEntropy } from './cross-entropy';
import { addHead, type HeadFeeds } from './head-graph';
import type { TrainGraphOptions } from './train-graph-options';
import type { Statistic, UpdateParts } from './update-parts';
import { hitsOf } from './validation-graph';

/** What this process makes of a batch. */
export interface BatchParts extends UpdateParts {
  /** Gradients of rows that no other rank holds; `gradients` are those of what all hold. */
  readonly ownRows: readonly VariableGradient[];
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
    const { network, rows } = sharded.gradients(trainableVariables(g, weightDefinitions(spec)));
    return { gradients: network, ownRows: rows, statistics, loss: mean('loss', () => sharded.losses), accuracy: mean('accuracy', () => sharded.hits) };
  }
  const { logits, scores, rows } = addHead(g, options, { ...headFeeds, embedding, updateWeight });
  const loss = g.scope('loss', () => meanCrossEntropy(g, logits, labels, labelSmoothing));
  const accuracy = mean('accuracy', () => hitsOf(g, scores, labels));
  const trainable = trainableVariables(g, [...weightDefinitions(spec), ...headVariablesOf(options)], rows);
  return { gradients: differentiate(g, loss, trainable), ownRows: [], statistics, loss, accuracy };
}

/** @param rows stand for the tables that they are of */
function trainableVariables(
  g: GraphBuilder, definitions: readonly { readonly name: string; readonly trainable: boolean }[], rows: ReadonlyMap<string, SampledRows> = new Map(),
): GraphVariable[] {
  return definitions.filter(({ trainable }) => trainable).map(({ name }) => rows.get(name) ?? variableOf(g, name));
}

function headVariablesOf({ spec, head, identities, sampledIdentities }: TrainGraphOptions): { name: string; trainable: boolean }[] {
  return headVariables(head, { embeddingLength: spec.embeddingLength, identities, sampled: sampledIdentities });
}

/** A variable that was made. @throws Error when it was not */
export function variableOf(g: GraphBuilder, name: string): GraphVariable {
  const variable = g.variables.find((candidate) => candidate.name === name);
  if (!variable) throw new Error(`The graph has no variable ${name}`);
  return variable;
}
