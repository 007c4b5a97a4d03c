import type { Engine, GraphSession } from '../../engine/engine';
import { assignNode, assignPlaceholder, readNode } from '../../network/graph/graph-builder';
import type { HostTensor } from '../../network/graph/graph-def';
import type { Weight, Weights } from '../../network/network-spec';
import { weightOf } from '../../network/weight-definitions';
import { sampleIdentities } from '../heads/sample-identities';
import type { TrainGraph } from './train-graph';
import { feeds } from './train-graph-options';
import { averageDecayAt } from './weight-average';

export interface StepInputs {
  /** float32 [batch, size, size, 3], normalised */
  readonly images: Float32Array;
  /** int32 [batch] */
  readonly labels: Int32Array;
  readonly learningRate: number;
  /** Radians; ignored by heads without a margin. */
  readonly margin: number;
  /** Number of this update since the optimizer's slots were zero, from 1. */
  readonly update: number;
  /** Two numbers that no other step of the run uses together. */
  readonly seed: readonly [number, number];
}

/** Of the batch, before the update. Of an update in a cluster: of all its micro-batches on all ranks. */
export interface BatchResult {
  readonly loss: number;
  readonly accuracy: number;
}

export interface StepResult extends BatchResult {
  /** Euclidean length of the gradient of the whole update, before clipping and weight decay. */
  readonly gradientNorm: number;
}

/** Of each picture of a batch, float32 [batch]. */
export interface BatchMeasures {
  /** Cross-entropy. */
  readonly losses: Float32Array;
  /** 1 where the own identity scored highest, else 0. */
  readonly hits: Float32Array;
}

type MeasureInputs = Pick<StepInputs, 'images' | 'labels' | 'margin' | 'seed'>;

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

  /** Sets all weights and slots in one call. @throws Error naming a variable without a value */
  async assign(values: Weights): Promise<void> {
    const inputs: Record<string, HostTensor> = {};
    for (const variable of this.graph.variables) {
      const { shape, data } = weightOf(values, variable.name);
      if (shape.join() !== variable.shape.join()) throw new Error(`Weight ${variable.name} is [${shape.join()}], the graph needs [${variable.shape.join()}]`);
      inputs[assignPlaceholder(variable.name)] = { dtype: 'float32', shape, data };
    }
    await this.session.run(inputs, [], this.graph.variables.map((variable) => assignNode(variable.name)));
  }

  /** Current values of the named variables. */
  async read(names: readonly string[]): Promise<Map<string, Weight>> {
    const tensors = await this.session.run({}, names.map(readNode));
    return new Map(names.map((name, i) => [name, asWeight(tensors[i], name)]));
  }

  /** Weights of network and head as they are verified and deployed: the averages where the graph keeps them. */
  async readModel(): Promise<Map<string, Weight>> {
    const { weightNames, averages } = this.graph;
    const sources = weightNames.map((name) => averages.get(name) ?? name);
    const values = await this.read(sources);
    return new Map(weightNames.map((name, i) => [name, weightOf(values, sources[i] ?? name)]));
  }

  /** One update; with accumulation, its last micro-batch. */
  async step(inputs: StepInputs): Promise<StepResult> {
    const { loss, accuracy, gradientNorm, update } = this.graph;
    const results = (await this.session.run(this.feedsOf(inputs), [loss, accuracy, gradientNorm], [update])).map(scalarOf);
    const [lossValue = NaN, accuracyValue = NaN, normValue = NaN] = results;
    return { loss: lossValue, accuracy: accuracyValue, gradientNorm: normValue };
  }

  /** Keeps the gradients of a micro-batch for the `step` to come. @param first of the micro-batches of an update */
  async accumulate(inputs: StepInputs, first: boolean): Promise<BatchResult> {
    const node = first ? this.graph.accumulateFirst : this.graph.accumulateNext;
    if (node === undefined) throw new Error('The graph was built without accumulation');
    const [loss, accuracy] = await this.session.run(this.feedsOf(inputs), [this.graph.batchLoss, this.graph.batchAccuracy], [node]);
    return { loss: scalarOf(loss), accuracy: scalarOf(accuracy) };
  }

  /** Measures a batch without training mode; nothing is changed. */
  async validate(inputs: MeasureInputs): Promise<BatchMeasures> {
    const { validation } = this.graph;
    if (!validation) throw new Error('The graph was built without validation');
    const [losses, hits] = await this.session.run(this.measureFeeds(inputs), [validation.losses, validation.hits]);
    return { losses: asWeight(losses, 'the losses').data, hits: asWeight(hits, 'the hits').data };
  }

  /** Loss and gradients of the batch, without an update: for tests against other implementations. */
  async gradients(inputs: StepInputs): Promise<{ loss: number; gradients: Map<string, Weight> }> {
    const names = [...this.graph.gradients.keys()];
    const [loss, ...tensors] = await this.session.run(this.feedsOf(inputs), [this.graph.batchLoss, ...this.graph.gradients.values()]);
    return { loss: scalarOf(loss), gradients: new Map(names.map((name, i) => [name, asWeight(tensors[i], name)])) };
  }

  close(): void {
    this.session.close();
  }

  private feedsOf(inputs: StepInputs): Record<string, HostTensor> {
    const { learningRate, update, seed } = inputs;
    const { averageDecay } = this.graph;
    return {
      ...this.measureFeeds(inputs),
      [feeds.learningRate]: scalar(learningRate),
      [feeds.beta1Power]: scalar(this.betas.beta1 ** update),
      [feeds.beta2Power]: scalar(this.betas.beta2 ** update),
      ...(averageDecay === undefined ? {} : { [feeds.averageRate]: scalar(1 - averageDecayAt(averageDecay, update)) }),
      [feeds.seed]: { dtype: 'int32', shape: [2], data: Int32Array.from(seed) },
    };
  }

  private measureFeeds({ images, labels, margin, seed }: MeasureInputs): Record<string, HostTensor> {
    const { batch, imageSize } = this.shape;
    return {
      [feeds.images]: { dtype: 'float32', shape: [batch, imageSize, imageSize, 3], data: images },
      ...this.labelFeeds(labels, seed),
      [feeds.margin]: scalar(margin),
    };
  }

  private labelFeeds(labels: Int32Array, seed: readonly number[]): Record<string, HostTensor> {
    const { sampling } = this.graph;
    if (!sampling) return { [feeds.labels]: { dtype: 'int32', shape: [labels.length], data: labels } };
    const sample = sampleIdentities(labels, sampling.identities, sampling.size, seed);
    return {
      [feeds.labels]: { dtype: 'int32', shape: [labels.length], data: sample.labels },
      [feeds.sampledIdentities]: { dtype: 'int32', shape: [sampling.size], data: sample.identities },
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
