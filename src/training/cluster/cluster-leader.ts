import { productVersion } from '../../base/product';
import { CancelledError, UserError, errorText } from '../../base/user-error';
import { CollectiveError } from '../../engine/collective-error';
import type { Weight, Weights } from '../../network/network-spec';
import { encodeSafetensors } from '../../network/safetensors';
import type { TrainingSession } from '../graph/training-session';
import type { ClusterChannel, RunSeat } from './cluster-channel';
import { encodeMessage, type ControlMessage, type ControlMessageOf } from './control-message';
import { agreeOnWeights } from './weight-agreement';
import { readWhole, sharesWeights } from './whole-weights';

/** Well below the time that the others wait for a message. */
const longestSilenceMs = 2000;

export type RunStart = Omit<ControlMessageOf<'start'>, 'kind' | 'toolVersion'> & { readonly values: Weights };

/** Rank 0's side of a cluster: it decides and tells, and does its own part of each batch like all others. */
export class ClusterLeader {
  private last: Promise<unknown> = Promise.resolve();
  private saidMs = Date.now();
  private readonly timer: NodeJS.Timeout;
  private busy = 0;

  constructor(
    private readonly channel: ClusterChannel,
    private readonly options: { readonly checkEverySteps: number; readonly recordsOrder: boolean },
  ) {
    this.timer = setInterval(() => this.keepWaiting(), longestSilenceMs / 2);
    this.timer.unref();
  }

  get seat(): ClusterChannel['seat'] {
    return this.channel.seat;
  }

  nextRun(): RunSeat {
    return this.channel.nextRun();
  }

  get recordsOrder(): boolean {
    return this.options.recordsOrder;
  }

  /** Begins a run on all ranks. */
  async start({ values, ...start }: RunStart): Promise<void> {
    await this.say({ kind: 'start', toolVersion: productVersion, ...start });
    await this.inTurn(() => this.channel.send(encodeSafetensors(values, {})));
  }

  /** Does a batch together with all ranks. @param own this rank's part of it */
  async batch<T>(announcement: Omit<ControlMessageOf<'batch'>, 'kind'>, own: () => Promise<T>): Promise<T> {
    await this.say({ kind: 'batch', ...announcement });
    return this.inTurn(own);
  }

  /** Measures a batch of validation images together with all ranks. @param own this rank's part of it */
  async validate<T>(announcement: Omit<ControlMessageOf<'validate'>, 'kind'>, own: () => Promise<T>): Promise<T> {
    await this.say({ kind: 'validate', ...announcement });
    return this.inTurn(own);
  }

  /** Whole values of all variables. */
  async read(session: TrainingSession): Promise<Map<string, Weight>> {
    if (!sharesWeights(session)) return session.read(session.graph.variables.map(({ name }) => name));
    await this.say({ kind: 'collect' });
    return this.inTurn(() => readWhole(session, this.channel));
  }

  /** Gives all ranks these weights and slots. */
  async assign(session: TrainingSession, values: Weights): Promise<void> {
    await this.say({ kind: 'assign' });
    await this.inTurn(() => this.channel.send(encodeSafetensors(values, {})));
    await session.assign(values);
  }

  /** Whether the weights are to be compared after `step`. */
  checksAfter(step: number): boolean {
    return step % this.options.checkEverySteps === 0;
  }

  /** @returns SHA-256 of the weights of all ranks @throws CollectiveError when they differ */
  async check(session: TrainingSession): Promise<string> {
    await this.say({ kind: 'check' });
    return this.inTurn(() => agreeOnWeights(session, this.channel));
  }

  /** The run has ended. */
  async end(): Promise<void> {
    await this.say({ kind: 'end' });
  }

  /** All runs have ended, by this error if there is one. Ranks that are gone are not told. */
  async leave(error?: unknown): Promise<void> {
    clearInterval(this.timer);
    if (error instanceof CollectiveError) return;
    const message: ControlMessage = error === undefined ? { kind: 'leave' } : failureOf(error);
    await this.say(message).catch(() => undefined);
  }

  private say(message: ControlMessage): Promise<void> {
    return this.inTurn(() => this.channel.send(encodeMessage(message)));
  }

  /** Collectives of one rank run one after another. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    this.busy++;
    const result = this.last.then(work).finally(() => {
      this.busy--;
      this.saidMs = Date.now();
    });
    this.last = result.catch(() => undefined);
    return result;
  }

  /** While rank 0 verifies, writes or is paused, the others are to know that it is alive. */
  private keepWaiting(): void {
    if (this.busy > 0 || Date.now() - this.saidMs < longestSilenceMs) return;
    // A rank that is gone is noticed by whatever comes next.
    this.say({ kind: 'wait' }).catch(() => undefined);
  }
}

function failureOf(error: unknown): ControlMessage {
  const cancelled = error instanceof CancelledError;
  return error instanceof UserError ? { kind: 'fail', message: error.message, action: error.action, cancelled } : { kind: 'fail', message: errorText(error), action: '', cancelled };
}
