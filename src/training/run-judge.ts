import type { Weights } from '../network/network-spec';
import type { VerificationSummary } from '../protocol/run';
import { runFiles } from '../protocol/run-files';
import type { TrainingSession } from './graph/training-session';
import type { TrainingState } from './run/checkpoint';
import type { RunFolder } from './run/run-folder';
import type { ValidationResult } from './validation';

export interface RunJudgeOptions {
  readonly run: RunFolder;
  readonly session: TrainingSession;
  /** Judges weights on held-out identities; undefined when there is nothing to judge on. @throws CancelledError */
  verify(weights: Weights): Promise<VerificationSummary | undefined>;
  /** Measures the current weights on the validation images; absent when there are none. @throws CancelledError */
  readonly validate?: ((margin: number) => Promise<ValidationResult>) | undefined;
  /** Writes the model of these weights into a folder of the run. */
  saveModel(relativeFolder: string, weights: Weights, state: TrainingState, verification: VerificationSummary | undefined): Promise<void>;
}

/** Verification on held-out people and validation on images that are not trained on, with their events and the best model. */
export class RunJudge {
  private latest: { verification?: VerificationSummary | undefined; validation?: ValidationResult | undefined } = {};

  constructor(private readonly options: RunJudgeOptions) {}

  /** Of the last judgement that had one. */
  get verification(): VerificationSummary | undefined {
    return this.latest.verification;
  }

  get validation(): ValidationResult | undefined {
    return this.latest.validation;
  }

  /** Gives the curve of the verification its origin: what the training starts from. */
  async judgeStart(step: number): Promise<void> {
    const { run, session, verify } = this.options;
    const initialVerification = await verify(await session.readModel());
    if (!initialVerification) return;
    await run.update({ initialVerification });
    run.append({ kind: 'evaluation', step, timeMs: Date.now(), summary: initialVerification, best: false });
  }

  /**
   * Judges the current weights. A cancelled judgement leaves no event and no model.
   * @returns the best score after it, as the state keeps it
   */
  async judge(state: TrainingState, { epoch, margin, verifies }: { readonly epoch: number; readonly margin: number; readonly verifies: boolean }): Promise<number | null> {
    const { run, validate } = this.options;
    const validation = await validate?.(margin);
    const bestScore = verifies ? await this.verify(state) : state.bestScore;
    if (validation) {
      const { loss, accuracy, images } = validation;
      run.append({ kind: 'validation', step: state.step, timeMs: Date.now(), epoch, loss: Number.isFinite(loss) ? loss : null, accuracy, images });
      this.latest = { ...this.latest, validation };
    }
    return bestScore;
  }

  private async verify(state: TrainingState): Promise<number | null> {
    const { run, session, verify, saveModel } = this.options;
    const weights = await session.readModel();
    const verification = await verify(weights);
    this.latest = { ...this.latest, verification };
    if (!verification) return state.bestScore;
    const best = state.bestScore === null || verification.auc > state.bestScore;
    const bestScore = best ? verification.auc : state.bestScore;
    if (best) await saveModel(runFiles.bestModel, weights, { ...state, bestScore }, verification);
    run.append({ kind: 'evaluation', step: state.step, timeMs: Date.now(), summary: verification, best });
    return bestScore;
  }
}
