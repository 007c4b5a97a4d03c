import type { ControlWord, RunState } from '../protocol/run';
import type { RunFolder } from './run/run-folder';

/** How often a paused job looks for a request. */
const pausePollMs = 200;

/** What the requests so far ask of the loop. */
export type Obedience = 'go-on' | 'stop-now' | 'switch-head';

/** Follows the requests in control.json, from any process. */
export class RunRequests {
  private afterEpoch = false;

  /** @param enter changes the run's state */
  constructor(
    private readonly run: RunFolder,
    private readonly signal: AbortSignal,
    private readonly enter: (state: RunState) => Promise<void>,
  ) {}

  /** Asked to stop at the end of the epoch. */
  get stopAfterEpoch(): boolean {
    return this.afterEpoch;
  }

  /** Follows a new request; returns after a pause has ended. */
  async obey(): Promise<Obedience> {
    if (this.signal.aborted) return 'stop-now';
    let word = await this.takeWord();
    if (word === 'pause') word = await this.pause();
    if (word === 'stop-after-epoch') {
      this.afterEpoch = true;
      await this.enter('stopping');
    }
    if (this.signal.aborted) return 'stop-now';
    return word === 'stop-now' || word === 'switch-head' ? word : 'go-on';
  }

  private async pause(): Promise<ControlWord | undefined> {
    await this.enter('paused');
    let word: ControlWord | undefined;
    while ((word === undefined || word === 'pause') && !this.signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, pausePollMs));
      word = await this.takeWord();
    }
    await this.enter('running');
    return word;
  }

  private async takeWord(): Promise<ControlWord | undefined> {
    return (await this.run.takeControl())?.word;
  }
}
