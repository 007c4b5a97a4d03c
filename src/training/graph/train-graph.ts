import { addNetwork, type ImageType } from '../../network/forward';
import { GraphBuilder, type GraphTensor, type GraphVariable } from '../../network/graph/graph-builder';
import type { GraphDef } from '../../network/graph/graph-def';
import * as ops from '../../network/graph/operations';
import { inputLayer } from '../../network/layer-shapes';
import type { NetworkSpec } from '../../network/network-spec';
import { weightDefinitions } from '../../network/weight-definitions';
import { differentiate } from '../gradients/differentiate';
import type { Head, HeadInputs, HeadOutputs } from '../heads/head';
import { headPrefix, headVariables, sampledWeight, type HeadVariable, type SampledRows } from '../heads/head-weights';
import { addOptimizer } from '../optimizers';
import type { ClippingRecipe, EmaRecipe, OptimizerRecipe } from '../recipe/optimizer-section';
import { assign } from './assign';
import { meanCrossEntropy } from './cross-entropy';
import { accumulatorPrefix, addAccumulation } from './gradient-accumulation';
import { clipGradients, globalNorm } from './gradient-clipping';
import { addWeightAverages } from './weight-average';

export interface TrainGraphOptions {
  readonly spec: NetworkSpec;
  readonly head: Head;
  readonly identities: number;
  /** Identities that a step compares with (Partial FC); all by default. */
  readonly sampledIdentities?: number | undefined;
  readonly batch: number;
  /** What images are computed in; float32 by default. See `ForwardMode.imageType`. */
  readonly precision?: ImageType;
  readonly optimizer: OptimizerRecipe;
  /** Weight decay of kernels of convolutions and dense layers of the network. */
  readonly weightDecay: number;
  /** The same for the head's kernel, and for what follows the last spatial layer (MobileFaceNet paper, section 4.1). */
  readonly headWeightDecay: number;
  /** Micro-batches of an update; 1 by default. */
  readonly accumulate?: number | undefined;
  readonly clipping?: ClippingRecipe | undefined;
  /** Keeps an average of the network's weights. */
  readonly ema?: EmaRecipe | undefined;
  /** Share of the target that is spread over all identities; 0 by default. */
  readonly labelSmoothing?: number | undefined;
}

/** Names of the graph's placeholders. */
export const feeds = {
  /** float32 [batch, height, width, 3], normalised */
  images: 'images',
  /** int32 [batch] */
  labels: 'labels',
  /** int32 [sampledIdentities], when identities are sampled; the labels are positions in it */
  sampledIdentities: 'sampled_identities',
  learningRate: 'learning_rate',
  margin: 'margin',
  beta1Power: 'beta1_power',
  beta2Power: 'beta2_power',
  /** 1 - decay of the average of the weights, when there is one */
  averageRate: 'average_rate',
  /** int32 [2] */
  seed: 'seed',
} as const;

export interface TrainGraph {
  readonly graph: GraphDef;
  /** Scalar float32: mean cross-entropy of the batch before the update. */
  readonly loss: string;
  /** Scalar float32: share of the batch whose own identity scored highest. */
  readonly accuracy: string;
  /** Scalar float32: Euclidean length of the gradient of all micro-batches, before clipping and weight decay. */
  readonly gradientNorm: string;
  /** Node that runs the whole update; with accumulation, that of the last micro-batch. */
  readonly update: string;
  /** Nodes that only keep the gradients of the first micro-batch, and that add those of a further one. */
  readonly accumulateFirst: string | undefined;
  readonly accumulateNext: string | undefined;
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
  /** Output with the gradient of each trainable weight, without weight decay. */
  readonly gradients: ReadonlyMap<string, string>;
}

/** One training step as one graph: forward pass, loss, gradients, optimizer and moving statistics. */
export function buildTrainGraph(options: TrainGraphOptions): TrainGraph {
  const { spec, identities, sampledIdentities, batch } = options;
  const g = new GraphBuilder();
  const images = g.placeholder(feeds.images, [batch, ...inputLayer(spec).shape]);
  const labels = g.placeholder(feeds.labels, [batch], 'int32');
  const margin = g.placeholder(feeds.margin, []);
  const seed = g.placeholder(feeds.seed, [2], 'int32');
  const inputs = {
    learningRate: g.placeholder(feeds.learningRate, []),
    beta1Power: g.placeholder(feeds.beta1Power, []),
    beta2Power: g.placeholder(feeds.beta2Power, []),
  };
  const statistics: { name: string; value: GraphTensor }[] = [];
  const embedding = addNetwork(g, spec, images, {
    weight: (name, shape) => g.variable(name, shape).value,
    imageType: options.precision ?? 'float32',
    training: { seed, updateWeight: (name, value) => statistics.push({ name, value }) },
  });
  const { logits, scores, rows } = addHead(g, options, { embedding, labels, margin }, (name, value) => statistics.push({ name, value }));
  const loss = g.scope('loss', () => meanCrossEntropy(g, logits, labels, options.labelSmoothing ?? 0));
  const accuracy = g.scope('accuracy', () => {
    const hit = ops.compare(g, 'Equal', ops.argMax(g, scores), labels);
    return ops.reduce(g, 'Mean', ops.cast(g, hit, 'float32'), [0], false);
  });
  const trainable = trainableNames(options).map((name) => rows.get(name) ?? variableOf(g, name));
  const weightNames = g.variables.map((variable) => variable.name);
  const gradients = differentiate(g, loss, trainable);
  const accumulated = addAccumulation(g, gradients, options.accumulate ?? 1);
  const norm = globalNorm(g, accumulated.gradients);
  const clipped = clipGradients(g, options.clipping, accumulated.gradients, norm);
  const { updates, slots } = addOptimizer(g, options.optimizer, clipped, inputs, (name) => decayOf(options, name));
  const moved = statistics.map(({ name, value }) => assign(g, 'AssignVariableOp', `${name}/update`, variableOf(g, name).handle, value));
  const changed = [...updates, ...moved];
  const averaged = options.ema ? averageNetwork(g, spec, changed) : { updates: [], averages: new Map<string, string>() };
  const accumulates = accumulated.first.length > 0;
  const update = group(g, 'update', [...changed, ...averaged.updates]);
  const accumulateFirst = accumulates ? group(g, 'accumulate_first', [...accumulated.first, ...moved]) : undefined;
  const accumulateNext = accumulates ? group(g, 'accumulate_next', [...accumulated.next, ...moved]) : undefined;
  return {
    graph: g.build(), loss: loss.ref, accuracy: accuracy.ref, gradientNorm: norm.ref, update, accumulateFirst, accumulateNext, weightNames,
    slotNames: slots.map((variable) => variable.name),
    variables: g.variables.filter((variable) => !variable.name.startsWith(accumulatorPrefix)),
    averages: averaged.averages, averageDecay: options.ema?.decay,
    sampling: sampledIdentities === undefined ? undefined : { identities, size: sampledIdentities },
    gradients: new Map(gradients.map(({ variable, gradient }) => [variable.name, gradient.ref])),
  };
}

/** The head over all identities, or over the sampled ones. @returns also the rows of each weight that is sampled, by the variable's name */
function addHead(
  g: GraphBuilder, options: TrainGraphOptions, inputs: Pick<HeadInputs, 'embedding' | 'labels' | 'margin'>, updateWeight: HeadInputs['updateWeight'],
): HeadOutputs & { rows: Map<string, SampledRows> } {
  const { spec, head, identities, sampledIdentities } = options;
  const weights = head.weights(spec.embeddingLength, sampledIdentities ?? identities);
  const sample = sampledIdentities === undefined ? undefined : g.placeholder(feeds.sampledIdentities, [sampledIdentities], 'int32');
  const rows = new Map<string, SampledRows>();
  const weight = (name: string): GraphTensor => {
    const definition = weights.find((candidate) => candidate.name === name);
    if (!definition) throw new Error(`The head has no weight ${name}`);
    if (!sample || !definition.perIdentity) return g.variable(headPrefix + name, definition.shape).value;
    const gathered = sampledWeight(g, definition, identities, sample);
    rows.set(gathered.rows.name, gathered.rows);
    return gathered.value;
  };
  const outputs = g.scope('head', () => head.build({ g, ...inputs, weight, updateWeight: (name, value) => { updateWeight(headPrefix + name, value); } }));
  return { ...outputs, rows };
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
