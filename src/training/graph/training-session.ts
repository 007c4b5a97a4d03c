import type { Engine, GraphSession } from '../../engine/engine';
import { assignNode, assignPlaceholder, readNode } from '../../network/graph/graph-builder';
import type { HostTensor } from '../../network/graph/graph-def';
import type { Weight, Weights } from '../../network/network-spec';
import { weightOf } from '../../network/weight-definitions';
import { headPrefix } from '../heads/head-weights';
import { partOf } from '../heads/identity-shard';
import { sampleIdentities } from '../heads/sample-identities';
import type { TrainGraph } from './train-graph';
import { feeds } from './train-graph-options';
import { averageDecayAt } from './weight-average';

export interface BatchInputs {
  /** float32 [batch, size, size, 3], normalised */
  readonly images: Float32Array;
  /** int32 [batch]; where each rank holds other identities, of the pictures of all ranks. */
  readonly labels: Int32Array;
  /** Radians; ignored by heads without a margin. */
  readonly margin: number;
  /** Two numbers that no other batch of the run uses together. */
  readonly seed: readonly [number, number];
}

export interface UpdateInputs {
  readonly learningRate: number;
  /** Number of this update since the optimizer's slots were zero, from 1. */
  readonly update: number;
}

export interface StepInputs extends BatchInputs, UpdateInputs {}

/** Whether a batch is the first and the last one of its update. */
export interface MicroBatch {
  readonly first: boolean;
  readonly last: boolean;
}

/** Of all pictures of an update, in a cluster those of all ranks, before the weights change. */
export interface StepResult {
  readonly loss: number;
  readonly accuracy: number;
  /** Euclidean length of the gradient of the whole update, before clipping and weight decay. */
  readonly gradientNorm: number;
}

/** Of each picture of a batch, float32 [batch]; where each rank holds other identities, of the pictures of all ranks. */
export interface BatchMeasures {
  /** Cross-entropy. */
  readonly losses: Float32Array;
  /** 1 where the own identity scored highest, else 0. */
  readonly hits: Float32Array;
}

/** A train graph with its variables in an engine: one `step` is one call into TensorFlow. */
export class TrainingSession {
  private readonly session: GraphSession;

  constructor(
    engine: Engine,
    readonly graph: TrainGraph,
    private readonly shape: { readonly batch: number; readonly imageSize: number },
    private readonly betas: { readonly beta1: number; readonly beta2: number },
  ) {
    this.session = engine.openSession(graph.graph);
  }

  /** Sets all weights and slots in one call, of those that ranks share out the part of this process. @param values whole ones @throws Error naming a variable without a value */
  async assign(values: Weights): Promise<void> {
    const inputs: Record<string, HostTensor> = {};
    for (const variable of this.graph.variables) {
      const whole = weightOf(values, variable.name);
      if (whole.shape.join() !== variable.shape.join()) throw new Error(`Weight ${variable.name} is [${whole.shape.join()}], the graph needs [${variable.shape.join()}]`);
      inputs[assignPlaceholder(variable.name)] = { dtype: 'float32', ...(variable.shared ? partOf(whole, variable.shared) : whole) };
    }
    await this.session.run(inputs, [], this.graph.variables.map((variable) => assignNode(variable.name)));
  }

  /** Current values of the named variables; of those that ranks share out, the part that this process holds. */
  async read(names: readonly string[]): Promise<Map<string, Weight>> {
    const tensors = await this.session.run({}, names.map(readNode));
    return new Map(names.map((name, i) => [name, asWeight(tensors[i], name)]));
  }

  /** Weights of the network as they are verified and deployed: the averages where the graph keeps them. */
  async readModel(): Promise<Map<string, Weight>> {
    const { weightNames, averages } = this.graph;
    const names = weightNames.filter((name) => !name.startsWith(headPrefix));
    const sources = names.map((name) => averages.get(name) ?? name);
    const values = await this.read(sources);
    return new Map(names.map((name, i) => [name, weightOf(values, sources[i] ?? name)]));
  }

  /** One update from one batch. */
  async step(inputs: StepInputs): Promise<StepResult> {
    const result = await this.train(inputs, { first: true, last: true });
    if (!result) throw new Error('The only batch made no update');
    return result;
  }

  /**
   * Trains on a batch. With accumulation its gradients are kept until the last one of an update.
   * @returns of the whole update, from its last batch
   */
  async train(inputs: StepInputs, { first, last }: MicroBatch): Promise<StepResult | undefined> {
    const { accumulation } = this.graph;
    if (!accumulation) return this.update({ ...this.batchFeeds(inputs), ...this.updateFeeds(inputs) });
    if (first) await this.session.run({}, [], [accumulation.clear]);
    await this.session.run(this.batchFeeds(inputs), [], [accumulation.add]);
    return last ? this.update(this.updateFeeds(inputs)) : undefined;
  }

  /** Measures a batch without training mode; nothing is changed. */
  async validate(inputs: BatchInputs): Promise<BatchMeasures> {
    const { validation } = this.graph;
    if (!validation) throw new Error('The graph was built without validation');
    const [losses, hits] = await this.session.run(this.batchFeeds(inputs), [validation.losses, validation.hits]);
    return { losses: asWeight(losses, 'the losses').data, hits: asWeight(hits, 'the hits').data };
  }

  /** Loss and gradients of the batch, without an update: for tests against other implementations. */
  async gradients(inputs: BatchInputs): Promise<{ loss: number; gradients: Map<string, Weight> }> {
    const names = [...this.graph.gradients.keys()];
    const [loss, ...tensors] = await this.session.run(this.batchFeeds(inputs), [this.graph.batchLoss, ...this.graph.gradients.values()]);
    return { loss: scalarOf(loss), gradients: new Map(names.map((name, i) => [name, asWeight(tensors[i], name)])) };
  }

  close(): void {
    this.session.close();
  }

  private async update(inputs: Record<string, HostTensor>): Promise<StepResult> {
    const { loss, accuracy, gradientNorm, update } = this.graph;
    const [lossValue = NaN, accuracyValue = NaN, normValue = NaN] = (await this.session.run(inputs, [loss, accuracy, gradientNorm], [update])).map(scalarOf);
    return { loss: lossValue, accuracy: accuracyValue, gradientNorm: normValue };
  }

  private updateFeeds({ learningRate, update }: UpdateInputs): Record<string, HostTensor> {
    const { averageDecay } = this.graph;
    return {
      [feeds.learningRate]: scalar(learningRate),
      [feeds.beta1Power]: scalar(this.betas.beta1 ** update),
      [feeds.beta2Power]: scalar(this.betas.beta2 ** update),
      ...(averageDecay === undefined ? {} : { [feeds.averageRate]: scalar(1 - averageDecayAt(averageDecay, update)) }),
    };
  }

  private batchFeeds({ images, labels, margin, seed }: BatchInputs): Record<string, HostTensor> {
    const { batch, imageSize } = this.shape;
    return {
      [feeds.images]: { dtype: 'float32', shape: [batch, imageSize, imageSize, 3], data: images },
      ...this.labelFeeds(labels, seed),
      [feeds.margin]: scalar(margin),
      [feeds.seed]: { dtype: 'int32', shape: [2], data: Int32Array.from(seed) },
    };
  }

  private labelFeeds(labels: Int32Array, seed: readonly number[]): Record<string, HostTensor> {
    const { identities: { offset, count }, sampled } = this.graph;
    const own = labels.map((label) => (label >= offset && label < offset + count ? label - offset : -1));
    if (sampled === undefined) return { [feeds.labels]: { dtype: 'int32', shape: [labels.length], data: own } };
    const sample = sampleIdentities(own, count, sampled, seed);
    return {
      [feeds.labels]: { dtype: 'int32', shape: [labels.length], data: sample.labels },
      [feeds.sampledIdentities]: { dtype: 'int32', shape: [sampled], data: sample.identities },
    };
  }
}

function scalar(value: number): HostTensor {
  return { dtype: 'float32', shape: [], data: Float32Array.of(value) };
}

function scalarOf(tensor: HostTensor | undefined): number {
  const value = tensor?.data[0];
  if (typeof value !== 'number') throw new Error('The engine returned no number');
  return value;
}

function asWeight(tensor: HostTensor | undefined, name: string): Weight {
  if (!(tensor?.data instanceof Float32Array)) throw new Error(`The engine returned no values for ${name}`);
  return { shape: tensor.shape, data: tensor.data };
}
