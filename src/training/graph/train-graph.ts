import { addNetwork } from '../../network/forward';
import { GraphBuilder, type GraphTensor, type GraphVariable } from '../../network/graph/graph-builder';
import type { GraphDef } from '../../network/graph/graph-def';
import * as ops from '../../network/graph/operations';
import { inputLayer } from '../../network/layer-shapes';
import type { NetworkSpec } from '../../network/network-spec';
import { weightDefinitions } from '../../network/weight-definitions';
import { jointUpdate } from '../cluster/joint-update';
import { differentiate } from '../gradients/differentiate';
import { headPrefix, headVariables, type HeadVariable } from '../heads/head-weights';
import { addOptimizer } from '../optimizers';
import { meanCrossEntropy } from './cross-entropy';
import { accumulatorPrefix, addAccumulation } from './gradient-accumulation';
import { clipGradients, globalNorm } from './gradient-clipping';
import { addHead } from './head-graph';
import { feeds, type TrainGraphOptions } from './train-graph-options';
import { moveStatistic, type Statistic, type UpdateParts } from './update-parts';
import { addValidation, hitsOf, type ValidationOutputs } from './validation-graph';
import { addWeightAverages } from './weight-average';

export interface TrainGraph {
  readonly graph: GraphDef;
  /** Scalar float32: mean cross-entropy of the batch before the update; in a cluster, of the whole update over all ranks. */
  readonly loss: string;
  /** Scalar float32: share of the batch whose own identity scored highest; in a cluster, of the whole update over all ranks. */
  readonly accuracy: string;
  /** The loss of this process's batch alone. */
  readonly batchLoss: string;
  /** Scalar float32: Euclidean length of the gradient of the whole update, before clipping and weight decay. */
  readonly gradientNorm: string;
  /** Node that runs the whole update from a batch; with accumulation, from the gradients that were added. */
  readonly update: string;
  /** Nodes that forget the gradients of earlier micro-batches, and that add those of a batch without an update. */
  readonly accumulation: { readonly clear: string; readonly add: string } | undefined;
  /** Names of the weights of network and head, trainable or not. */
  readonly weightNames: readonly string[];
  /** Names of the optimizer's variables. */
  readonly slotNames: readonly string[];
  /** All that a checkpoint holds: weights, slots and averages. */
  readonly variables: readonly GraphVariable[];
  /** Present when a step samples this many of all identities. */
  readonly sampling: { readonly identities: number; readonly size: number } | undefined;
  /** Name of the average of each weight of the network, when averages are kept. */
  readonly averages: ReadonlyMap<string, string>;
  readonly averageDecay: number | undefined;
  /** Present when images can be measured without being trained on. */
  readonly validation: ValidationOutputs | undefined;
  /** Output with the gradient of each trainable weight, without weight decay. */
  readonly gradients: ReadonlyMap<string, string>;
}

/** One training step as one graph: forward pass, loss, gradients, optimizer and moving statistics. */
export function buildTrainGraph(options: TrainGraphOptions): TrainGraph {
  const { spec, identities, sampledIdentities, batch } = options;
  const g = new GraphBuilder();
  const images = g.placeholder(feeds.images, [batch, ...inputLayer(spec).shape]);
  const labels = g.placeholder(feeds.labels, [batch], 'int32');
  const headFeeds = {
    labels, margin: g.placeholder(feeds.margin, []),
    sample: sampledIdentities === undefined ? undefined : g.placeholder(feeds.sampledIdentities, [sampledIdentities], 'int32'),
  };
  const seed = g.placeholder(feeds.seed, [2], 'int32');
  const inputs = {
    learningRate: g.placeholder(feeds.learningRate, []),
    beta1Power: g.placeholder(feeds.beta1Power, []),
    beta2Power: g.placeholder(feeds.beta2Power, []),
  };
  const statistics: Statistic[] = [];
  const updateWeight = (name: string, value: GraphTensor): void => void statistics.push({ variable: variableOf(g, name), value });
  const embedding = addNetwork(g, spec, images, {
    weight: (name, shape) => g.variable(name, shape).value,
    imageType: options.precision ?? 'float32',
    training: { seed, updateWeight },
  });
  const { logits, scores, rows } = addHead(g, options, { ...headFeeds, embedding, updateWeight });
  const loss = g.scope('loss', () => meanCrossEntropy(g, logits, labels, options.labelSmoothing ?? 0));
  const accuracy = g.scope('accuracy', () => ops.reduce(g, 'Mean', hitsOf(g, scores, labels), [0], false));
  const trainable = trainableNames(options).map((name) => rows.get(name) ?? variableOf(g, name));
  const weightNames = g.variables.map((variable) => variable.name);
  const gradients = differentiate(g, loss, trainable);
  const batchParts: UpdateParts = { gradients, statistics, loss, accuracy };
  const { accumulate = 1 } = options;
  const accumulated = accumulate > 1 ? addAccumulation(g, batchParts, accumulate) : undefined;
  const own = accumulated ?? batchParts;
  const joint = options.cluster ? jointUpdate(g, own, options.cluster) : own;
  const norm = globalNorm(g, joint.gradients);
  const clipped = clipGradients(g, options.clipping, joint.gradients, norm);
  const { updates, slots } = addOptimizer(g, options.optimizer, clipped, inputs, (name) => decayOf(options, name));
  // Micro-batches have moved the statistics of this process themselves.
  const changed = accumulated && !options.cluster ? updates : [...updates, ...joint.statistics.map((statistic) => moveStatistic(g, statistic))];
  const averaged = options.ema ? averageNetwork(g, spec, changed) : { updates: [], averages: new Map<string, string>() };
  const validation = options.validates ? addValidation(g, options, images, headFeeds, averaged.averages) : undefined;
  const update = group(g, 'optimizer/update', [...changed, ...averaged.updates]);
  const accumulation = accumulated ? { clear: group(g, 'accumulated/clear', accumulated.clear), add: group(g, 'accumulated/add', accumulated.add) } : undefined;
  return {
    graph: g.build(), loss: joint.loss.ref, accuracy: joint.accuracy.ref, batchLoss: loss.ref, gradientNorm: norm.ref, update, accumulation, weightNames,
    slotNames: slots.map((variable) => variable.name),
    variables: g.variables.filter((variable) => !variable.name.startsWith(accumulatorPrefix)),
    averages: averaged.averages, averageDecay: options.ema?.decay,
    sampling: sampledIdentities === undefined ? undefined : { identities, size: sampledIdentities },
    validation,
    gradients: new Map(gradients.map(({ variable, gradient }) => [variable.name, gradient.ref])),
  };
}

function headVariablesOf({ spec, head, identities, sampledIdentities }: TrainGraphOptions): HeadVariable[] {
  return headVariables(head, { embeddingLength: spec.embeddingLength, identities, sampled: sampledIdentities });
}

function trainableNames(options: TrainGraphOptions): string[] {
  return [...weightDefinitions(options.spec), ...headVariablesOf(options)].filter((definition) => definition.trainable).map((definition) => definition.name);
}

function variableOf(g: GraphBuilder, name: string): GraphVariable {
  const variable = g.variables.find((candidate) => candidate.name === name);
  if (!variable) throw new Error(`The graph has no variable ${name}`);
  return variable;
}

/** Weight decay applies to kernels only: not to biases, slopes, and batch normalisation. */
function decayOf(options: TrainGraphOptions, name: string): number {
  if (!/\/((depthwise_)?kernel|kernel_rows)$/.test(name)) return 0;
  return name.startsWith(headPrefix) || /^(gdconv|embedding|conv_linear)\//.test(name) ? options.headWeightDecay : options.weightDecay;
}

function averageNetwork(g: GraphBuilder, spec: NetworkSpec, after: readonly string[]): { updates: string[]; averages: Map<string, string> } {
  const rate = g.placeholder(feeds.averageRate, []);
  return addWeightAverages(g, weightDefinitions(spec).map(({ name }) => variableOf(g, name)), rate, after);
}

function group(g: GraphBuilder, name: string, nodes: readonly string[]): string {
  return g.op1({ op: 'NoOp', name, inputs: [], outputs: [{ shape: [] }], after: nodes }).ref;
}
