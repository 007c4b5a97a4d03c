import type { ProgressReporter } from '../../base/progress';
import { BoardError } from '../board-error';
import { released, resetProfiles, type ResetProfileName } from '../port/reset-profiles';
import { baudLadder, raiseBaudRate, type StubLine } from './baud-ladder';
import { ClassicStub } from './classic-stub';
import { driveLines, enterIsp, romBaudRate, type EnterIspOptions } from './enter-isp';
import type { IspLink } from './isp-link';
import { loadStub } from './load-stub';
import { OwnStub } from './own-stub';
import type { StubHello } from './stub-hello';
import { settle } from './stub-request';
import { stubOp } from './packet';
import type { UploadJournal } from './upload-journal';

export interface IspSessionOptions extends Pick<EnterIspOptions, 'profile' | 'lastGoodProfile' | 'suggestedProfile' | 'otherPort' | 'askForButtons' | 'notice' | 'onButtons'> {
  readonly stubCode: Uint8Array;
  /** A stub that does not introduce itself as ours is taken for one of kflash. */
  readonly classicAllowed: boolean;
  readonly progress: ProgressReporter;
}

/** A flash stub that listens. */
export type RunningStub = OwnStub | ClassicStub;

/** A stub that does not start is started again this often. */
const startAttempts = 2;

/** The way from a board in any state to a running stub at a trustworthy rate, and back to what is in its flash. */
export class IspSession {
  private stub: RunningStub | undefined;
  /** The last one that was started, whether its rate is trusted by now or not, and the rate that was asked of it last. */
  private started: { readonly stub: RunningStub; readonly baudRate: number } | undefined;
  /** That of the last attempt until one succeeded. */
  private attempted: ResetProfileName | undefined;
  private profile: ResetProfileName | undefined;

  constructor(
    readonly link: IspLink,
    private readonly options: IspSessionOptions,
    readonly journal: UploadJournal,
  ) {}

  /**
   * Starts the stub and raises the rate as far as it is trustworthy, `highest` at most. Called again after the line failed.
   * @throws BoardError of every stage up to here
   */
  async connect(highest: number): Promise<RunningStub> {
    let stub: RunningStub | undefined;
    for (const baudRate of baudLadder(highest)) {
      stub ??= await this.startStub();
      this.started = { stub, baudRate };
      this.journal.state = 'set-baud';
      const outcome = await raiseBaudRate(stub as StubLine, baudRate);
      if (outcome === 'raised') {
        this.stub = stub;
        this.journal.baudRate = baudRate;
        return stub;
      }
      if (outcome === 'lost') stub = undefined;
    }
    throw new BoardError('K2-BAUD', `The board on ${this.link.transport.path} answers, but bytes are lost at every rate down to ${romBaudRate} baud.`, 'Use a shorter cable without a hub, or another USB port.');
  }

  /**
   * Starts what is in the flash, as far as the board can be reached, and lets go of the lines. Never throws for a board that does not listen.
   * @returns whether the board was told, by its stub or by its lines
   */
  async reboot(): Promise<boolean> {
    const { link } = this;
    const profile = this.profile ?? this.attempted;
    const reached = this.started !== undefined && (await this.reachesStub(this.started, profile === undefined));
    if (reached) await this.started?.stub.reboot();
    await link.setBaudRate(romBaudRate);
    if (profile === undefined) {
      await link.setLines(released);
      return reached;
    }
    return (await driveLines(link, resetProfiles[profile].reboot)) === 'set' || reached;
  }

  /** @param searches also at the other rates at which an interrupted change may have left it, for boards that no line resets */
  private async reachesStub({ baudRate }: { readonly baudRate: number }, searches: boolean): Promise<boolean> {
    const { link } = this;
    for (const rate of new Set(searches ? [link.baudRate, baudRate, romBaudRate] : [link.baudRate])) {
      if (rate !== link.baudRate) await link.setBaudRate(rate);
      if (await settle(link, stubOp.nop)) return true;
    }
    return false;
  }

  private async startStub(): Promise<RunningStub> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.tryToStartStub();
      } catch (error) {
        const again = error instanceof BoardError && (error.code === 'K2-STUB-SILENT' || error.code === 'K2-STUB-LOAD') && attempt < startAttempts;
        if (!again) throw error;
      }
    }
  }

  private async tryToStartStub(): Promise<RunningStub> {
    const { link, options, journal } = this;
    // Where no line resets the board, a stub that still answers is better than asking for the buttons again.
    if (this.stub !== undefined && this.profile === undefined && (await settle(link, stubOp.nop))) return this.stub;
    journal.state = 'enter-isp';
    const lastGoodProfile = this.profile ?? options.lastGoodProfile;
    const { profile, runningStub } = await enterIsp(link, { ...options, onAttempt: (name) => (this.attempted = name), ...(lastGoodProfile ? { lastGoodProfile } : {}) });
    this.profile = profile;
    journal.profile = profile;
    journal.starts++;
    if (runningStub !== undefined) return this.introduce(runningStub);
    journal.state = 'load-stub';
    return this.introduce(await loadStub(link, options.stubCode, options.progress));
  }

  private introduce(hello: StubHello | undefined): RunningStub {
    this.journal.stub = hello ?? 'classic';
    if (hello !== undefined) return new OwnStub(this.link, hello);
    if (this.options.classicAllowed) return new ClassicStub(this.link);
    throw new BoardError('K2-STUB-SILENT', `The flash stub on ${this.link.transport.path} answers, but does not introduce itself.`, 'Press RESET and start again.');
  }
}
