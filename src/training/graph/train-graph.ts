import { addNetwork, type ImageType } from '../../network/forward';
import { GraphBuilder, type GraphTensor, type GraphVariable } from '../../network/graph/graph-builder';
import type { GraphDef } from '../../network/graph/graph-def';
import * as ops from '../../network/graph/operations';
import { inputLayer } from '../../network/layer-shapes';
import type { NetworkSpec } from '../../network/network-spec';
import { weightDefinitions } from '../../network/weight-definitions';
import { differentiate, type VariableGradient } from '../gradients/differentiate';
import type { Head, HeadInputs, HeadOutputs } from '../heads/head';
import { headPrefix, headVariables, sampledWeight, type HeadVariable, type SampledRows } from '../heads/head-weights';
import { addOptimizer } from '../optimizers';
import type { OptimizerRecipe } from '../recipe/optimizer-section';

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
  /** L2 penalty's factor on kernels of convolutions and dense layers of the network. */
  readonly weightDecay: number;
  /** The same for the head's kernel, and for what follows the last spatial layer (MobileFaceNet paper, section 4.1). */
  readonly headWeightDecay: number;
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
  /** int32 [2] */
  seed: 'seed',
} as const;

export interface TrainGraph {
  readonly graph: GraphDef;
  /** Scalar float32: mean cross-entropy of the batch before the update. */
  readonly loss: string;
  /** Scalar float32: share of the batch whose own identity scored highest. */
  readonly accuracy: string;
  /** Node that runs the whole update. */
  readonly update: string;
  /** Names of the weights of network and head, trainable or not. */
  readonly weightNames: readonly string[];
  /** Names of the optimizer's variables. */
  readonly slotNames: readonly string[];
  readonly variables: readonly GraphVariable[];
  /** Present when a step samples this many of all identities. */
  readonly sampling: { readonly identities: number; readonly size: number } | undefined;
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
  const loss = g.scope('loss', () => ops.reduce(g, 'Mean', ops.sparseSoftmaxCrossEntropy(g, logits, labels), [0], false));
  const accuracy = g.scope('accuracy', () => {
    const hit = ops.compare(g, 'Equal', ops.argMax(g, scores), labels);
    return ops.reduce(g, 'Mean', ops.cast(g, hit, 'float32'), [0], false);
  });
  const trainable = trainableNames(options).map((name) => rows.get(name) ?? variableOf(g, name));
  const weightNames = g.variables.map((variable) => variable.name);
  const gradients = differentiate(g, loss, trainable);
  const decayed = gradients.map((entry) => addWeightDecay(g, entry, decayOf(options, entry.variable.name)));
  const { updates, slots } = addOptimizer(g, options.optimizer, decayed, inputs);
  const assigned = addStatisticsUpdates(g, statistics);
  const [update] = g.op({ op: 'NoOp', name: 'update', inputs: [], outputs: [{ shape: [] }], after: [...updates, ...assigned] });
  if (!update) throw new Error('The update node is missing');
  return {
    graph: g.build(), loss: loss.ref, accuracy: accuracy.ref, update: update.ref, weightNames,
    slotNames: slots.map((variable) => variable.name), variables: g.variables,
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

function addWeightDecay(g: GraphBuilder, entry: VariableGradient, decay: number): VariableGradient {
  if (decay === 0) return entry;
  const penalty = ops.binary(g, 'Mul', entry.variable.value, g.scalar(decay));
  return { variable: entry.variable, gradient: ops.binary(g, 'AddV2', entry.gradient, penalty) };
}

function addStatisticsUpdates(g: GraphBuilder, statistics: readonly { name: string; value: GraphTensor }[]): string[] {
  return statistics.map(({ name, value }) => {
    const node = `${name}/update`;
    g.op({ op: 'AssignVariableOp', name: node, inputs: [variableOf(g, name).handle, value], outputs: [], attrs: { dtype: ops.float32Type } });
    return node;
  });
}
