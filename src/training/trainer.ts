import { CancelledError, UserError } from '../base/user-error';
import type { ProgressReporter } from '../base/progress';
import type { Weights } from '../network/network-spec';
import { runFiles, type ControlWord, type RunRecord, type RunState, type VerificationSummary } from '../protocol/run';
import type { BatchReader} from './data/batch-reader';
import { type Batch } from './data/batch-reader';
import type { TrainingData } from './data/training-data';
import type { TrainingSession } from './graph/training-session';
import { marginOf } from './heads/head-settings';
import { afterEpoch, learningRateAt, marginAt } from './learning-rate';
import { evaluationInterval, type Recipe } from './recipe/recipe';
import { writeCheckpoint, type TrainingState } from './run/checkpoint';
import type { RunFolder } from './run/run-folder';

/** Judges the current weights on held-out identities; undefined when there is nothing to judge on. */
export type Verify = (weights: Weights) => Promise<VerificationSummary | undefined>;

export interface TrainerOptions {
  readonly run: RunFolder;
  readonly recipe: Recipe;
  readonly data: TrainingData;
  readonly reader: BatchReader;
  readonly session: TrainingSession;
  readonly state: TrainingState;
  readonly verify: Verify;
  /** Writes the model of these weights into a folder of the run. */
  saveModel(relativeFolder: string, weights: Weights, state: TrainingState, verification: VerificationSummary | undefined): Promise<void>;
  readonly progress: ProgressReporter;
  readonly signal: AbortSignal;
}

export interface TrainingOutcome {
  /** `run.json` at the end of the job. */
  readonly record: RunRecord;
  readonly step: number;
}

/** How often a paused job looks for a request. */
const pausePollMs = 200;
/** Steps whose mean is the first and the last loss of a run's result. */
const lossWindow = 20;

/** The loop: steps, events, verification, checkpoints, and the requests in control.json. */
export class Trainer {
  private state: TrainingState;
  private next: Promise<Batch>;
  private verification: VerificationSummary | undefined;
  private stopAfterEpoch = false;
  private readonly lastLosses: number[] = [];
  private trainedMs = 0;
  private trainedSteps = 0;

  constructor(private readonly options: TrainerOptions) {
    this.state = options.state;
    this.next = options.reader.read(options.state.position);
    // A failure is thrown where the batch is awaited.
    this.next.catch(() => undefined);
  }

  /** The last step that was done. */
  get step(): number {
    return this.state.step;
  }

  async train(): Promise<TrainingOutcome> {
    const { run } = this.options;
    await this.enter('running');
    if (this.state.position === 0) await this.evaluateStart();
    while (this.state.step < run.record.lastStep) {
      if (await this.obeyRequests()) return this.finish('stopped');
      const before = this.epoch();
      await this.trainStep();
      if (this.epoch() > before || this.state.step >= run.record.lastStep) {
        await this.endEpoch();
        if (this.stopAfterEpoch && this.state.step < run.record.lastStep) return this.finish('stopped');
      }
    }
    return this.finish('finished');
  }

  private async trainStep(): Promise<void> {
    const { recipe, reader, session, run, data } = this.options;
    const startMs = performance.now();
    const batch = await this.next;
    const dataMs = performance.now() - startMs;
    this.next = reader.read(this.state.position + recipe.batch);
    this.next.catch(() => undefined);
    const epochs = this.state.position / data.count;
    const learningRate = learningRateAt(recipe.learningRate, epochs, recipe.epochs, this.state.plateau);
    const margin = marginAt(marginOf(recipe.head), epochs);
    const { loss, accuracy } = await session.step({
      ...batch, learningRate, margin, update: this.state.update + 1, seed: [this.state.seed, this.state.step],
    });
    const stepMs = performance.now() - startMs;
    const { epochLoss, startLoss } = this.state;
    this.state = {
      ...this.state,
      step: this.state.step + 1, update: this.state.update + 1, position: this.state.position + recipe.batch,
      epochLoss: { sum: epochLoss.sum + loss, steps: epochLoss.steps + 1 },
      startLoss: startLoss.steps < lossWindow ? { sum: startLoss.sum + loss, steps: startLoss.steps + 1 } : startLoss,
    };
    run.append({
      kind: 'step', step: this.state.step, timeMs: Date.now(), epoch: Math.floor(epochs),
      loss: Number.isFinite(loss) ? loss : null, accuracy, learningRate, margin,
      imagesPerSecond: (recipe.batch / stepMs) * 1000, dataShare: dataMs / stepMs, memoryBytes: process.memoryUsage.rss(),
    });
    if (!Number.isFinite(loss)) throw diverged(this.state.step, learningRate, margin);
    this.lastLosses.push(loss);
    if (this.lastLosses.length > lossWindow) this.lastLosses.shift();
    this.trainedMs += stepMs;
    this.trainedSteps++;
    this.reportProgress(loss);
  }

  private reportProgress(loss: number): void {
    const { run, recipe, progress } = this.options;
    const first = run.record.firstStep;
    progress.report({
      label: `Training ${run.record.name}`, done: this.state.step - first, total: run.record.lastStep - first, unit: 'steps',
      detail: `loss ${loss.toFixed(3)}, ${((this.trainedSteps * recipe.batch * 1000) / this.trainedMs).toFixed(1)} images/s`,
    });
  }

  private async endEpoch(): Promise<void> {
    const { recipe, run } = this.options;
    const before = learningRateAt(recipe.learningRate, this.epoch(), recipe.epochs, this.state.plateau);
    const plateau = afterEpoch(recipe.learningRate, this.state.plateau, this.state.epochLoss.sum / this.state.epochLoss.steps);
    const reduced = plateau.reduction < this.state.plateau.reduction;
    this.state = { ...this.state, plateau, epochLoss: { sum: 0, steps: 0 } };
    if (reduced) {
      const to = learningRateAt(recipe.learningRate, this.epoch(), recipe.epochs, plateau);
      run.append({ kind: 'learning-rate', step: this.state.step, timeMs: Date.now(), from: before, to, reason: 'The loss no longer falls.' });
    }
    const isLast = this.state.step >= run.record.lastStep;
    const epoch = this.epoch();
    if (epoch % evaluationInterval(recipe) === 0 || isLast) await this.evaluate();
    if ((epoch % recipe.checkpointEveryEpochs === 0 && !isLast) || this.stopAfterEpoch) await this.checkpoint();
  }

  /** Gives the curve of the verification its origin: what the training starts from. */
  private async evaluateStart(): Promise<void> {
    const { session, run, verify } = this.options;
    const initialVerification = await verify(await session.read(session.graph.weightNames));
    if (!initialVerification) return;
    await run.update({ initialVerification });
    run.append({ kind: 'evaluation', step: this.state.step, timeMs: Date.now(), summary: initialVerification, best: false });
  }

  private async evaluate(): Promise<void> {
    const { session, run, verify, saveModel } = this.options;
    const weights = await session.read(session.graph.weightNames);
    this.verification = await verify(weights);
    if (!this.verification) return;
    const best = this.state.bestScore === null || this.verification.auc > this.state.bestScore;
    if (best) {
      this.state = { ...this.state, bestScore: this.verification.auc };
      await saveModel(runFiles.bestModel, weights, this.state, this.verification);
    }
    run.append({ kind: 'evaluation', step: this.state.step, timeMs: Date.now(), summary: this.verification, best });
  }

  private async checkpoint(): Promise<void> {
    const { session, run, recipe, saveModel } = this.options;
    const names = session.graph.variables.map((variable) => variable.name);
    const values = await session.read(names);
    await writeCheckpoint(run.folder, this.state, values, recipe.keepCheckpoints);
    await saveModel(runFiles.lastModel, values, this.state, this.verification);
    run.append({ kind: 'checkpoint', step: this.state.step, timeMs: Date.now() });
  }

  /** Follows new requests; true when the run is to end here. */
  private async obeyRequests(): Promise<boolean> {
    if (this.options.signal.aborted) return true;
    let word = await this.takeWord();
    if (word === 'pause') {
      await this.enter('paused');
      while (word !== 'continue' && word !== 'stop-now' && !this.options.signal.aborted) {
        await new Promise((resolve) => setTimeout(resolve, pausePollMs));
        word = await this.takeWord();
        if (word === 'stop-after-epoch') break;
      }
      await this.enter('running');
    }
    if (word === 'stop-after-epoch') {
      this.stopAfterEpoch = true;
      await this.enter('stopping');
    }
    return word === 'stop-now' || this.options.signal.aborted;
  }

  private async takeWord(): Promise<ControlWord | undefined> {
    return (await this.options.run.takeControl())?.word;
  }

  private async finish(state: Extract<RunState, 'finished' | 'stopped'>): Promise<TrainingOutcome> {
    const { run, signal, recipe } = this.options;
    await this.next.catch(() => undefined);
    await this.checkpoint();
    const { startLoss } = this.state;
    if (this.trainedSteps > 0) {
      const result = {
        firstLoss: startLoss.sum / startLoss.steps, lastLoss: meanOf(this.lastLosses),
        imagesPerSecond: (this.trainedSteps * recipe.batch * 1000) / this.trainedMs,
      };
      await run.update({ result: this.verification ? { ...result, verification: this.verification } : result });
    }
    await this.enter(state);
    if (signal.aborted) throw new CancelledError(`Training ${run.record.name}`);
    return { record: run.record, step: this.state.step };
  }

  private async enter(state: RunState): Promise<void> {
    const { run } = this.options;
    if (run.record.state === state) return;
    await run.update({ state });
    run.append({ kind: 'state', step: this.state.step, timeMs: Date.now(), state });
  }

  /** Whole epochs done. */
  private epoch(): number {
    return Math.floor(this.state.position / this.options.data.count);
  }
}

function diverged(step: number, learningRate: number, margin: number): UserError {
  const cause = margin > 0 ? `margin ${margin.toFixed(2)} and learning rate ${learningRate.toExponential(1)}` : `learning rate ${learningRate.toExponential(1)}`;
  const remedy = margin > 0 ? 'a longer margin warm-up or a lower learning rate' : 'a lower learning rate';
  return new UserError(`The loss became NaN at step ${step} with ${cause}.`, `Resume from the last checkpoint with ${remedy}.`);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
