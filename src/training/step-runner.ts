import type { RunEventOf } from '../protocol/run';
import { BatchQueue } from './data/batch-queue';
import type { BatchReader } from './data/batch-reader';
import type { ClusterLeader } from './cluster/cluster-leader';
import type { ContiguousPart } from './cluster/contiguous-part';
import type { OrderLog } from './cluster/order-log';
import type { StepInputs, StepResult, TrainingSession } from './graph/training-session';
import { marginOf } from './heads/head-settings';
import { learningRateAt, marginAt, type StepPosition } from './learning-rate';
import { effectiveBatch, totalSteps, type Recipe } from './recipe/recipe';
import type { TrainingState } from './run/checkpoint';

export interface StepRunnerOptions {
  readonly recipe: Recipe;
  readonly reader: BatchReader;
  readonly session: TrainingSession;
  readonly firstStep: number;
  readonly lastStep: number;
  /** The other ranks, which take part in each batch. */
  readonly cluster?: ClusterLeader | undefined;
  /** What this process trains on of each batch; all of it without a cluster. */
  readonly part: ContiguousPart;
  readonly orderLog?: OrderLog | undefined;
}

/** A step as its event tells it, besides the memory. */
export interface StepReport extends Omit<RunEventOf<'step'>, 'kind' | 'timeMs' | 'memoryBytes' | keyof StepResult>, StepResult {
  readonly stepMs: number;
}

/** Makes one update from one or more batches, and reads the next batches meanwhile. */
export class StepRunner {
  private readonly batches: BatchQueue;

  /** @param state before the next step */
  constructor(private readonly options: StepRunnerOptions, { position, step }: Pick<TrainingState, 'position' | 'step'>) {
    const { recipe, reader, lastStep, part } = options;
    this.batches = new BatchQueue({
      read: (from, signal) => reader.read(from + part.offset, signal),
      batch: recipe.batch, batchBytes: reader.batchBytes, position, end: position + (lastStep - step) * effectiveBatch(recipe),
    });
  }

  /** The update after `state`, which it does not change. */
  async run(state: TrainingState): Promise<StepReport> {
    const { recipe, session, reader, cluster, part, orderLog } = this.options;
    const startMs = performance.now();
    const epochs = state.position / reader.epochLength;
    const learningRate = this.learningRate(state);
    const margin = this.margin(state);
    let dataMs = 0;
    const inputsOf = async (micro: number): Promise<StepInputs> => {
      const waitMs = performance.now();
      const batch = await this.batches.take();
      dataMs += performance.now() - waitMs;
      return { ...batch, learningRate, margin, update: state.update + 1, seed: [state.seed, state.step * recipe.accumulate + micro] };
    };
    const trainOn = async (micro: number): Promise<StepResult | undefined> => {
      const inputs = await inputsOf(micro);
      const { update, seed } = inputs;
      const position = state.position + micro * recipe.batch;
      const place = { first: micro === 0, last: micro === recipe.accumulate - 1 };
      const announcement = { step: state.step + 1, position, ...place, learningRate, margin, update, seed };
      orderLog?.add(state.step + 1, position + part.offset);
      const work = (): Promise<StepResult | undefined> => session.train(inputs, place);
      return cluster ? cluster.batch(announcement, work) : work();
    };
    let result: StepResult | undefined;
    for (let micro = 0; micro < recipe.accumulate; micro++) result = await trainOn(micro);
    if (!result) throw new Error('The last batch made no update');
    const stepMs = performance.now() - startMs;
    return {
      step: state.step + 1, epoch: Math.floor(epochs), ...result, learningRate, margin,
      imagesPerSecond: (effectiveBatch(recipe) / stepMs) * 1000, dataShare: dataMs / stepMs, stepMs,
    };
  }

  /** Learning rate of the step after `state`. */
  learningRate(state: TrainingState): number {
    const { recipe, reader, firstStep } = this.options;
    const stepsPerEpoch = reader.epochLength / effectiveBatch(recipe);
    const at: StepPosition = { step: state.step - firstStep, totalSteps: totalSteps(recipe, stepsPerEpoch), stepsPerEpoch };
    return learningRateAt(recipe.learningRate, at, state.plateau);
  }

  /** Margin of the step after `state`. */
  margin({ position }: TrainingState): number {
    const { recipe, reader } = this.options;
    return marginAt(marginOf(recipe.head), position / reader.epochLength);
  }

  /** Ends the reading ahead, until the next step. */
  async rest(): Promise<void> {
    await this.batches.halt();
  }
}
