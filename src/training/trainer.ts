import type { ProgressReporter } from '../base/progress';
import { CancelledError } from '../base/user-error';
import type { RunRecord, RunState } from '../protocol/run';
import { runFiles } from '../protocol/run-files';
import type { BatchReader } from './data/batch-reader';
import { afterEpoch } from './learning-rate';
import { divergenceError, firstNotFinite } from './not-finite';
import { effectiveBatch, evaluationInterval, totalSteps, type Recipe } from './recipe/recipe';
import { judgeEarlyStopping, lossLingers, withEpochLoss } from './run-endings';
import { RunJudge, type RunJudgeOptions } from './run-judge';
import { RunRequests } from './run-requests';
import { checkpointSteps, readCheckpoint, writeCheckpoint, type TrainingState } from './run/checkpoint';
import { StepRunner, type StepRunnerOptions } from './step-runner';

export interface TrainerOptions extends RunJudgeOptions, Pick<StepRunnerOptions, 'cluster' | 'part' | 'orderLog'> {
  readonly recipe: Recipe;
  readonly reader: BatchReader;
  readonly state: TrainingState;
  readonly progress: ProgressReporter;
  readonly signal: AbortSignal;
}

export interface TrainingOutcome {
  readonly folder: string;
  /** `run.json` at the end of the job. */
  readonly record: RunRecord;
  readonly step: number;
}

type Ending = NonNullable<RunRecord['ending']>;

/** Steps whose mean is the first and the last loss of a run's result. */
const lossWindow = 20;

/** The loop: steps, events, verification, checkpoints, the requests in control.json, and the rules that end a run early. */
export class Trainer {
  private state: TrainingState;
  private readonly judge: RunJudge;
  private readonly steps: StepRunner;
  private readonly requests: RunRequests;
  private readonly lastLosses: number[] = [];
  private trainedMs = 0;
  private trainedSteps = 0;
  private ending: Ending | undefined;
  private weightsSha256: string | undefined;

  constructor(private readonly options: TrainerOptions) {
    const { run, state, signal } = options;
    this.state = state;
    this.judge = new RunJudge(options);
    this.steps = new StepRunner({ ...options, firstStep: run.record.firstStep, lastStep: run.record.lastStep }, state);
    this.requests = new RunRequests(run, signal, (next) => this.enterOnRequest(next));
  }

  /** The last step that was done. */
  get step(): number {
    return this.state.step;
  }

  async train(): Promise<TrainingOutcome> {
    try {
      return await this.loop();
    } finally {
      await this.steps.rest();
    }
  }

  private async loop(): Promise<TrainingOutcome> {
    await this.enter('running');
    if (this.state.position === 0 && !(await this.completes(() => this.judge.judgeStart(this.state.step)))) return this.finish('stopped');
    const outcome = this.state.epochEnds ? await this.endEpoch() : undefined;
    if (outcome) return outcome;
    while (!this.isLast()) {
      const asked = await this.requests.obey();
      if (asked === 'stop-now') return this.finish('stopped');
      if (asked === 'switch-head' && this.canSwitchHead()) return this.endBy({ rule: 'switch-head', message: 'The head is switched on request.' });
      const before = this.epoch();
      await this.trainStep();
      if (this.epoch() > before || this.isLast()) {
        const ended = await this.endEpoch();
        if (ended) return ended;
      } else if (this.isDue(this.options.recipe.checkpointEverySteps)) await this.checkpoint();
    }
    return this.finish('finished');
  }

  /** @returns false when the job was told to end before the work was done */
  private async completes(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      if (error instanceof CancelledError && this.options.signal.aborted) return false;
      throw error;
    }
  }

  private async trainStep(): Promise<void> {
    const { recipe, run, cluster } = this.options;
    const report = await this.steps.run(this.state);
    const { loss, gradientNorm, stepMs, ...event } = report;
    const { epochLoss, startLoss } = this.state;
    this.state = {
      ...this.state,
      step: this.state.step + 1, update: this.state.update + 1, position: this.state.position + effectiveBatch(recipe),
      epochLoss: { sum: epochLoss.sum + loss, steps: epochLoss.steps + 1 },
      startLoss: startLoss.steps < lossWindow ? { sum: startLoss.sum + loss, steps: startLoss.steps + 1 } : startLoss,
    };
    const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
    run.append({ kind: 'step', timeMs: Date.now(), ...event, loss: finite(loss), gradientNorm: finite(gradientNorm), memoryBytes: process.memoryUsage.rss() });
    if (!Number.isFinite(loss)) await this.diverge('The loss', loss, report);
    if (!Number.isFinite(gradientNorm)) await this.diverge('The gradient', gradientNorm, report);
    this.lastLosses.push(loss);
    if (this.lastLosses.length > lossWindow) this.lastLosses.shift();
    this.trainedMs += stepMs;
    this.trainedSteps++;
    this.reportProgress(loss);
    if (cluster?.checksAfter(this.state.step)) this.weightsSha256 = await cluster.check(this.options.session);
  }

  /** Ends the run at its last good checkpoint: the weights of now are of no use. */
  private async diverge(what: string, value: number, at: { readonly learningRate: number; readonly margin: number }): Promise<never> {
    const { run } = this.options;
    const checkpoint = (await checkpointSteps(run.folder)).at(-1);
    const { learningRate, margin } = at;
    const error = divergenceError({ what, value, step: this.state.step, learningRate, margin, run: run.record.name, checkpoint });
    run.append({ kind: 'ending', step: this.state.step, timeMs: Date.now(), rule: 'not-finite', message: error.message, ...(checkpoint === undefined ? {} : { checkpoint }) });
    throw error;
  }

  private reportProgress(loss: number): void {
    const { run, progress } = this.options;
    const { firstStep, lastStep, name } = run.record;
    progress.report({
      label: `Training ${name}`, done: this.state.step - firstStep, total: lastStep - firstStep, unit: 'steps',
      detail: `loss ${loss.toFixed(3)}, ${this.imagesPerSecond().toFixed(1)} images/s`,
    });
  }

  /** @returns the outcome when the run ends with this epoch */
  private async endEpoch(): Promise<TrainingOutcome | undefined> {
    const { recipe, run } = this.options;
    const epoch = this.epoch();
    // A run that was killed while a rule ended it has its shorter length already; the rule will end it again, as unverified as before.
    const endsByLength = this.isLast() && run.record.ending === undefined;
    const verifies = epoch % evaluationInterval(recipe, this.totalEpochs()) === 0 || endsByLength;
    const before = this.state;
    if (!(await this.completes(() => this.judgeEpoch(verifies)))) {
      this.state = { ...before, epochEnds: true };
      return this.finish('stopped');
    }
    const loss = this.state.epochLoss.sum / this.state.epochLoss.steps;
    const { verification, validation } = this.judge;
    this.reducePlateau(loss, validation?.loss);
    const isBest = this.applyRules({ epoch, step: this.state.step, loss, validationLoss: validation?.loss, verification: verifies ? verification : undefined });
    const isDue = epoch % recipe.checkpointEveryEpochs === 0 || this.isDue(recipe.checkpointEverySteps);
    const ends = this.isLast() || this.ending !== undefined;
    if ((isDue && !ends) || isBest || this.requests.stopAfterEpoch) await this.checkpoint();
    if (this.ending) return this.endBy(this.ending);
    return this.requests.stopAfterEpoch && !this.isLast() ? this.finish('stopped') : undefined;
  }

  private async judgeEpoch(verifies: boolean): Promise<void> {
    const bestScore = await this.judge.judge(this.state, { epoch: this.epoch(), margin: this.steps.margin(this.state), verifies });
    this.state = { ...this.state, bestScore, epochEnds: false };
  }

  private reducePlateau(loss: number, validationLoss: number | undefined): void {
    const { recipe, run } = this.options;
    const from = this.steps.learningRate(this.state);
    const plateau = afterEpoch(recipe.learningRate, this.state.plateau, { loss, validationLoss });
    const reduced = plateau.reduction < this.state.plateau.reduction;
    this.state = { ...this.state, plateau, epochLoss: { sum: 0, steps: 0 } };
    if (!reduced) return;
    run.append({ kind: 'learning-rate', step: this.state.step, timeMs: Date.now(), from, to: this.steps.learningRate(this.state), reason: 'The loss no longer falls.' });
  }

  /** Early stopping and the switch of the head. @returns whether this epoch is the one to come back to */
  private applyRules(end: Parameters<typeof judgeEarlyStopping>[2]): boolean {
    const { earlyStopping, switchHead } = this.options.recipe;
    let isBest = false;
    if (earlyStopping) {
      const { best, stop } = judgeEarlyStopping(earlyStopping, this.state.earlyStopping, end);
      isBest = earlyStopping.restoreBest && best?.step === end.step;
      this.state = { ...this.state, earlyStopping: best };
      if (stop) this.ending = { rule: 'early-stopping', message: `No gain of ${earlyStopping.monitor} over ${earlyStopping.patienceEpochs} epochs.` };
    }
    if (switchHead) {
      const smoothedLosses = withEpochLoss(this.state.smoothedLosses, end.loss, switchHead.overEpochs);
      this.state = { ...this.state, smoothedLosses };
      if (lossLingers(switchHead, smoothedLosses, end.epoch)) {
        this.ending = { rule: 'switch-head', message: `The loss lingers: less than ${switchHead.improvementBelow * 100} % in ${switchHead.overEpochs} epochs.` };
      }
    }
    return isBest;
  }

  private async checkpoint(): Promise<void> {
    const { session, run, recipe, saveModel, cluster } = this.options;
    const values = await (cluster ? cluster.read(session) : session.read(session.graph.variables.map(({ name }) => name)));
    const bad = firstNotFinite(values);
    if (bad !== undefined) await this.diverge(`Weight ${bad}`, Number.NaN, { learningRate: this.steps.learningRate(this.state), margin: 0 });
    await writeCheckpoint(run.folder, this.state, values, recipe.keepCheckpoints);
    await saveModel(runFiles.lastModel, await session.readModel(), this.state, this.judge.verification);
    run.append({ kind: 'checkpoint', step: this.state.step, timeMs: Date.now() });
  }

  /** The end by a rule: what is left of the recipe's length is given up. */
  private async endBy(ending: Ending): Promise<TrainingOutcome> {
    const { run } = this.options;
    await run.update({ ending, lastStep: this.state.step });
    const { earlyStopping } = this.state;
    const checkpoint = this.options.recipe.earlyStopping?.restoreBest && earlyStopping ? { checkpoint: earlyStopping.step } : {};
    run.append({ kind: 'ending', step: this.state.step, timeMs: Date.now(), ...ending, ...checkpoint });
    return this.finish('finished');
  }

  private async finish(state: Extract<RunState, 'finished' | 'stopped'>): Promise<TrainingOutcome> {
    const { run, signal } = this.options;
    await this.steps.rest();
    this.weightsSha256 = await this.options.cluster?.check(this.options.session);
    if (state === 'finished') await this.restoreBest();
    await this.checkpoint();
    const { startLoss } = this.state;
    if (this.trainedSteps > 0) {
      const result = { firstLoss: startLoss.sum / startLoss.steps, lastLoss: meanOf(this.lastLosses), imagesPerSecond: this.imagesPerSecond() };
      const { judge: { verification, validation }, weightsSha256 } = this;
      const measured = validation && Number.isFinite(validation.loss) ? { validation: { loss: validation.loss, accuracy: validation.accuracy } } : {};
      await run.update({ result: { ...result, ...(verification ? { verification } : {}), ...measured, ...(weightsSha256 === undefined ? {} : { weightsSha256 }) } });
    }
    await this.enter(state);
    if (signal.aborted) throw new CancelledError(`Training ${run.record.name}`);
    return { folder: run.folder, record: run.record, step: this.state.step };
  }

  /** Early stopping ends with the weights of the best epoch (Keras: restore_best_weights). */
  private async restoreBest(): Promise<void> {
    const { recipe, run, session, cluster } = this.options;
    const best = this.state.earlyStopping;
    if (!recipe.earlyStopping?.restoreBest || best === null || best.step === this.state.step) return;
    // Absent when the run was resumed from before a damaged checkpoint: then the last weights are kept.
    const checkpoint = await readCheckpoint(run.folder, best.step).catch(() => undefined);
    if (!checkpoint) return;
    await (cluster ? cluster.assign(session, checkpoint.values) : session.assign(checkpoint.values));
    await this.judgeEpoch(true);
  }

  private async enterOnRequest(state: RunState): Promise<void> {
    if (state === 'paused') await this.steps.rest();
    await this.enter(state);
  }

  private async enter(state: RunState): Promise<void> {
    const { run } = this.options;
    if (run.record.state === state) return;
    await run.update({ state });
    run.append({ kind: 'state', step: this.state.step, timeMs: Date.now(), state });
  }

  private imagesPerSecond(): number {
    return (this.trainedSteps * effectiveBatch(this.options.recipe) * 1000) / this.trainedMs;
  }

  private canSwitchHead(): boolean {
    const { head, switchHead } = this.options.recipe;
    return (switchHead?.to.head?.kind ?? 'arcface') !== head.kind;
  }

  private isLast(): boolean {
    return this.state.step >= this.options.run.record.lastStep;
  }

  private isDue(everySteps: number | undefined): boolean {
    return everySteps !== undefined && (this.state.step - this.options.run.record.firstStep) % everySteps === 0;
  }

  /** Whole epochs done. */
  private epoch(): number {
    return Math.floor(this.state.position / this.options.reader.epochLength);
  }

  /** By the recipe: a run that a rule ends is not meant to be any shorter. */
  private totalEpochs(): number {
    const { recipe, reader } = this.options;
    const stepsPerEpoch = reader.epochLength / effectiveBatch(recipe);
    return totalSteps(recipe, stepsPerEpoch) / stepsPerEpoch;
  }
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
