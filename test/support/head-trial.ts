import { SeededRandom } from '../../src/base/random';
import type { Engine } from '../../src/engine/engine';
import type { NetworkSpec, Weight } from '../../src/network/network-spec';
import { weightOf } from '../../src/network/weight-definitions';
import { buildTrainGraph, type TrainGraph } from '../../src/training/graph/train-graph';
import { TrainingSession, type StepInputs } from '../../src/training/graph/training-session';
import { createHead } from '../../src/training/heads/create-head';
import { headSettings, marginOf, type HeadSettings, type HeadSettingsInput } from '../../src/training/heads/head-settings';
import type { OptimizerRecipe } from '../../src/training/recipe/optimizer-section';

/** A picture of 2 x 2 pixels whose 12 numbers a dense layer makes the embedding of: the smallest network under a head. */
const imageSize = 2;
export const embeddingLength = 6;
const pixelsPerImage = imageSize * imageSize * 3;
const tinyNetwork: NetworkSpec = {
  format: 1, name: 'tiny', output: 'embedding', embeddingLength, normalization: { mean: 127.5, deviation: 128 },
  layers: [
    { kind: 'input', name: 'input', shape: [imageSize, imageSize, 3] },
    { kind: 'flatten', name: 'flatten', input: 'input' },
    { kind: 'dense', name: 'embedding', input: 'flatten', units: embeddingLength, useBias: false },
  ],
};

export interface TrialOptions {
  readonly head: HeadSettingsInput;
  readonly identities: number;
  readonly labels: readonly number[];
  readonly sampledIdentities?: number | undefined;
  readonly optimizer?: OptimizerRecipe;
  readonly headWeightDecay?: number;
  /** Sample the same identities in every step. */
  readonly repeatsSample?: boolean;
  /** Length of the random numbers of pixels. */
  readonly spread?: number;
}

/** A head on the smallest network, with random weights and pictures. */
export class HeadTrial {
  readonly settings: HeadSettings;
  readonly graph: TrainGraph;
  readonly values: Map<string, Weight>;
  readonly images: Float32Array;
  private readonly session: TrainingSession;

  constructor(engine: Engine, readonly options: TrialOptions) {
    const { identities, labels, sampledIdentities, spread = 1 } = options;
    this.settings = headSettings.parse(options.head);
    const optimizer = options.optimizer ?? { kind: 'sgd', momentum: 0.9 };
    this.graph = buildTrainGraph({
      spec: tinyNetwork, head: createHead(this.settings, sampledIdentities ?? identities), identities, sampledIdentities, batch: labels.length,
      optimizer, weightDecay: 0, headWeightDecay: options.headWeightDecay ?? 0,
    });
    const random = new SeededRandom('head trial');
    this.images = Float32Array.from({ length: labels.length * pixelsPerImage }, () => random.normal() * spread);
    this.values = new Map(this.graph.variables.map(({ name, shape }) => [name, randomWeight(name, shape)]));
    const betas = optimizer.kind === 'sgd' ? { beta1: 0, beta2: 0 } : optimizer;
    this.session = new TrainingSession(engine, this.graph, { batch: labels.length, imageSize }, betas);
  }

  value(name: string): Weight {
    return weightOf(this.values, name);
  }

  inputs(update = 1, learningRate = 0): StepInputs {
    return {
      images: this.images, labels: Int32Array.from(this.options.labels), learningRate, margin: marginOf(this.settings).margin, update, seed: [7, this.options.repeatsSample ? 1 : update],
    };
  }

  /** Embeddings in double precision for a kernel of the dense layer. */
  embeddings(kernel: ArrayLike<number>): number[][] {
    return this.options.labels.map((_, picture) =>
      Array.from({ length: embeddingLength }, (_unit, unit) => {
        let sum = 0;
        for (let k = 0; k < pixelsPerImage; k++) sum += (this.images[picture * pixelsPerImage + k] ?? 0) * (kernel[k * embeddingLength + unit] ?? 0);
        return sum;
      }),
    );
  }

  async gradients(): Promise<{ loss: number; gradients: Map<string, Weight> }> {
    await this.session.assign(this.values);
    return this.session.gradients(this.inputs());
  }

  /** Values of all variables after these many updates, and the losses before each. */
  async train(updates: number, learningRate: number): Promise<{ losses: number[]; accuracies: number[]; values: Map<string, Weight> }> {
    await this.session.assign(this.values);
    const losses: number[] = [];
    const accuracies: number[] = [];
    for (let update = 1; update <= updates; update++) {
      const { loss, accuracy } = await this.session.step(this.inputs(update, learningRate));
      losses.push(loss);
      accuracies.push(accuracy);
    }
    return { losses, accuracies, values: await this.session.read(this.graph.variables.map(({ name }) => name)) };
  }

  close(): void {
    this.session.close();
  }
}

function randomWeight(name: string, shape: readonly number[]): Weight {
  const random = new SeededRandom('head trial', name);
  const size = shape.reduce((product, length) => product * length, 1);
  const value = (): number => {
    if (name.startsWith('optimizer/')) return 0;
    if (name.endsWith('norm_mean')) return 2.5;
    if (name.endsWith('norm_deviation')) return 1.2;
    return random.normal() * 0.5;
  };
  return { shape, data: Float32Array.from({ length: size }, value) };
}
