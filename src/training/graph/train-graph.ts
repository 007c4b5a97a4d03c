import { GraphBuilder, type GraphVariable } from '../../network/graph/graph-builder';
import type { GraphDef } from '../../network/graph/graph-def';
import { inputLayer } from '../../network/layer-shapes';
import type { NetworkSpec } from '../../network/network-spec';
import { weightDefinitions } from '../../network/weight-definitions';
import type { ContiguousPart } from '../cluster/contiguous-part';
import { jointUpdate } from '../cluster/joint-update';
import type { ClusterShare } from '../cluster/run-collectives';
import type { VariableGradient } from '../gradients/differentiate';
import { headPrefix, isSampledRows } from '../heads/head-weights';
import type { SharedPart } from '../heads/identity-shard';
import { addOptimizer, slotPrefix } from '../optimizers';
import { addBatch, variableOf, type BatchParts } from './batch-parts';
import { accumulatorPrefix, addAccumulation } from './gradient-accumulation';
import { clipGradients, globalNorm, halfSquaredNorm, type MeasuredGradient } from './gradient-clipping';
import { feeds, type TrainGraphOptions } from './train-graph-options';
import { moveStatistic, type UpdateParts } from './update-parts';
import { addValidation, type ValidationOutputs } from './validation-graph';
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
  readonly variables: readonly TrainVariable[];
  /** The identities that are compared here: all, or those whose part of the head this rank holds. */
  readonly identities: ContiguousPart;
  /** How many of them a step compares with, when they are sampled. */
  readonly sampled: number | undefined;
  /** Pictures whose labels a batch needs: its own, or those of all ranks. */
  readonly labelled: number;
  /** Name of the average of each weight of the network, when averages are kept. */
  readonly averages: ReadonlyMap<string, string>;
  readonly averageDecay: number | undefined;
  /** Present when images can be measured without being trained on. */
  readonly validation: ValidationOutputs | undefined;
  /** Output with the gradient of each trainable weight, without weight decay. */
  readonly gradients: ReadonlyMap<string, string>;
}

/** A variable as checkpoints know it. */
export interface TrainVariable {
  readonly name: string;
  /** Of the whole. */
  readonly shape: readonly number[];
  /** The part of it that this process holds, in a cluster whose ranks share out the identities; absent: all. */
  readonly shared?: SharedPart | undefined;
}

/** One training step as one graph: forward pass, loss, gradients, optimizer and moving statistics. */
export function buildTrainGraph(options: TrainGraphOptions): TrainGraph {
  const { spec, identities, batch, shard, cluster } = options;
  const g = new GraphBuilder();
  const images = g.placeholder(feeds.images, [batch, ...inputLayer(spec).shape]);
  const labelled = shard && cluster ? cluster.batch : batch;
  const sampled = options.sampledIdentities === undefined ? undefined : shard?.sampled ?? options.sampledIdentities;
  const headFeeds = {
    labels: g.placeholder(feeds.labels, [labelled], 'int32'), margin: g.placeholder(feeds.margin, []),
    sample: sampled === undefined ? undefined : g.placeholder(feeds.sampledIdentities, [sampled], 'int32'),
  };
  const seed = g.placeholder(feeds.seed, [2], 'int32');
  const inputs = {
    learningRate: g.placeholder(feeds.learningRate, []),
    beta1Power: g.placeholder(feeds.beta1Power, []),
    beta2Power: g.placeholder(feeds.beta2Power, []),
  };
  const batchParts = addBatch(g, options, { ...headFeeds, images, seed });
  const weightNames = g.variables.map((variable) => variable.name);
  const { accumulate = 1 } = options;
  const accumulated = accumulate > 1 ? addAccumulation(g, batchParts, accumulate) : undefined;
  const own = accumulated ?? batchParts;
  const { joint, gradients } = cluster ? updateOfAll(g, own, cluster) : { joint: own, gradients: own.gradients };
  const norm = globalNorm(g, gradients);
  const clipped = clipGradients(g, options.clipping, gradients, norm);
  const { updates, slots } = addOptimizer(g, options.optimizer, clipped, inputs, (name) => decayOf(options, name));
  // Micro-batches have moved the statistics of this process themselves.
  const changed = accumulated && !cluster ? updates : [...updates, ...joint.statistics.map((statistic) => moveStatistic(g, statistic))];
  const averaged = options.ema ? averageNetwork(g, spec, changed) : { updates: [], averages: new Map<string, string>() };
  const validation = options.validates ? addValidation(g, options, images, headFeeds, averaged.averages) : undefined;
  const update = group(g, 'optimizer/update', [...changed, ...averaged.updates]);
  const accumulation = accumulated ? { clear: group(g, 'accumulated/clear', accumulated.clear), add: group(g, 'accumulated/add', accumulated.add) } : undefined;
  return {
    graph: g.build(), loss: joint.loss.ref, accuracy: joint.accuracy.ref, batchLoss: batchParts.loss.ref, gradientNorm: norm.ref, update, accumulation, weightNames,
    slotNames: slots.map((variable) => variable.name),
    variables: g.variables.filter(({ name }) => !name.startsWith(accumulatorPrefix)).map((variable) => asStored(variable, batchParts.ownHead, options)),
    averages: averaged.averages, averageDecay: options.ema?.decay,
    identities: shard ?? { offset: 0, count: identities }, sampled, labelled, validation,
    gradients: new Map([...batchParts.gradients, ...batchParts.ownHead].map(({ variable, gradient }) => [variable.name, gradient.ref])),
  };
}

/** The update of all ranks, and its gradients together with those of this rank's part of the head. */
function updateOfAll(g: GraphBuilder, own: BatchParts, cluster: ClusterShare): { joint: UpdateParts; gradients: readonly MeasuredGradient[] } {
  const joint = jointUpdate(g, own, cluster, own.ownHead.map(({ gradient }) => g.scope('gradient_norm', () => halfSquaredNorm(g, gradient))));
  return { joint, gradients: [...joint.gradients, ...own.ownHead.map((entry, i) => ({ ...entry, halfSquaredNorm: joint.sums[i] }))] };
}

/** A weight of the head that the ranks share out, and its slots, are parts of a whole. */
function asStored({ name, shape }: GraphVariable, ownHead: readonly VariableGradient[], { shard, identities }: TrainGraphOptions): TrainVariable {
  const owner = ownHead.find(({ variable }) => name === variable.name || name.startsWith(`${slotPrefix}${variable.name}/`))?.variable;
  if (!shard || !owner) return { name, shape };
  const axis = isSampledRows(owner) ? 0 : shape.length - 1;
  const each = (shape[axis] ?? 0) / shard.count;
  return { name, shape: shape.map((size, i) => (i === axis ? identities * each : size)), shared: { axis, each, offset: shard.offset, count: shard.count } };
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
