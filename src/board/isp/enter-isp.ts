import { lineStepMs, profileOrder, released, resetProfiles, type ResetProfileName } from '../port/reset-profiles';
import type { ControlLines } from '../port/transport';
import type { IspLink } from './isp-link';
import { encodeRequest, ispStatus, ownStubOp, romOp, shortGreeting } from './packet';
import { explainSilence } from './silence';
import { parseStubHello, type StubHello } from './stub-hello';

export interface EnterIspOptions {
  /** A wiring that the user named: no other is tried. */
  readonly profile?: ResetProfileName;
  readonly lastGoodProfile?: ResetProfileName;
  readonly suggestedProfile?: ResetProfileName;
  /** The second port of a board that has two, for the error. */
  readonly otherPort?: string;
  /** Whether the user is asked to work the buttons when nothing else helps. */
  readonly askForButtons: boolean;
  /** Called before each attempt with a wiring: whoever gives up knows how to reset the board. */
  readonly onAttempt: (profile: ResetProfileName) => void;
  /** Says one sentence to the user. */
  readonly notice: (sentence: string) => void;
  /** Told when the user has to work BOOT and RESET, and for how long that is waited for. */
  readonly onButtons?: (limitMs: number) => void;
}

/** Who answered: the ROM, or a stub of ours that an earlier upload left running. */
export interface IspEntry {
  /** Absent where the lines do not reach the board: it was brought here by its buttons. */
  readonly profile: ResetProfileName | undefined;
  readonly runningStub: StubHello | undefined;
}

/** Rate of the ROM, and of a stub until it is told another. */
export const romBaudRate = 115200;
/** kflash gives up after this many rounds; the time limit comes first unless the board answers noise at once. */
const roundLimit = 15;
const automaticLimitMs = 15_000;
const manualLimitMs = 30_000;
const greetingTimeoutMs = 300;
const greetingsPerAttempt = 2;
/** Opening a port asserts both lines on some systems; the board gets this long to come out of reset. */
const settleMs = 50;

/**
 * Brings the board into in-system programming by each wiring in turn, then by greeting alone while the user works the buttons.
 * @throws BoardError K2-ISP-SILENT, K2-ISP-BOOTLOG or K2-ISP-GARBAGE by what came instead of an answer
 */
export async function enterIsp(link: IspLink, options: EnterIspOptions): Promise<IspEntry> {
  const { notice } = options;
  await link.setBaudRate(romBaudRate);
  const hasLines = (await link.setLines(released)) === 'set';
  if (hasLines) await link.pause(settleMs);
  const order = options.profile === undefined ? profileOrder(options.lastGoodProfile, options.suggestedProfile) : [options.profile];
  if (hasLines) {
    const profile = await resetUntilGreeted(link, order, options.onAttempt);
    if (profile !== undefined) return { profile, runningStub: undefined };
    await link.setLines(released);
  }
  const quick = hasLines ? undefined : await greetOnce(link);
  if (quick !== undefined) return quick;
  const tried = hasLines ? [...new Set(order)].join(', ') : 'a greeting';
  if (!options.askForButtons) throw explainSilence(link, tried, options.otherPort);
  notice(
    `${hasLines ? 'The board does not answer' : `${link.transport.path} has no control lines to reset the board with`}: ` +
    `hold BOOT, press and release RESET, release BOOT. Waiting ${manualLimitMs / 1000} s for that.`,
  );
  options.onButtons?.(manualLimitMs);
  const deadlineMs = link.clock.nowMs() + manualLimitMs;
  while (link.clock.nowMs() < deadlineMs) {
    const entry = await greetOnce(link);
    if (entry !== undefined) return entry;
  }
  throw explainSilence(link, `${tried}, buttons`, options.otherPort);
}

/** Drives one sequence of line levels. */
export async function driveLines(link: IspLink, steps: readonly ControlLines[]): Promise<'set' | 'unsupported'> {
  for (const lines of steps) {
    if ((await link.setLines(lines)) === 'unsupported') return 'unsupported';
    await link.pause(lineStepMs);
  }
  return 'set';
}

/** Asks the ROM whether it listens. @param attempt odd ones use kflash's short form */
export async function greetRom(link: IspLink, attempt: number, timeoutMs: number): Promise<boolean> {
  const packet = attempt % 2 === 0 ? encodeRequest({ op: romOp.nop, address: 0 }) : shortGreeting();
  const reply = await link.exchangePacket(packet, romOp.nop, { timeoutMs });
  return reply?.status === ispStatus.ok;
}

async function resetUntilGreeted(link: IspLink, order: readonly ResetProfileName[], onAttempt: (profile: ResetProfileName) => void): Promise<ResetProfileName | undefined> {
  const deadlineMs = link.clock.nowMs() + automaticLimitMs;
  for (let round = 0; round < roundLimit; round++) {
    for (const profile of order) {
      link.throwIfOver();
      if (link.clock.nowMs() >= deadlineMs) return undefined;
      onAttempt(profile);
      await driveLines(link, resetProfiles[profile].enterIsp);
      await link.discardInput();
      for (let attempt = 0; attempt < greetingsPerAttempt; attempt++) {
        if (await greetRom(link, attempt, greetingTimeoutMs)) return profile;
      }
    }
  }
  return undefined;
}

/** Without lines nobody knows what the board runs: the ROM is asked, then our own stub. */
async function greetOnce(link: IspLink): Promise<IspEntry | undefined> {
  await link.resynchronize();
  for (let attempt = 0; attempt < greetingsPerAttempt; attempt++) {
    if (await greetRom(link, attempt, greetingTimeoutMs)) return { profile: undefined, runningStub: undefined };
  }
  const reply = await link.exchange({ op: ownStubOp.hello, address: 0 }, { timeoutMs: greetingTimeoutMs });
  const runningStub = reply?.status === ispStatus.ok ? parseStubHello(reply.data) : undefined;
  return runningStub === undefined ? undefined : { profile: undefined, runningStub };
}
