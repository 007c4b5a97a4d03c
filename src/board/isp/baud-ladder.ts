import { UserError } from '../../base/user-error';
import { romBaudRate } from './enter-isp';
import type { IspLink } from './isp-link';

/** Rates that adapters of K210 boards manage, fastest first; many CH340 fail above, CH552 boards as well (k210-serial.md, section 1.7). */
export const standardBaudRates = [1_500_000, 921_600, 460_800, 230_400, romBaudRate] as const;
/** What `--baud` may be. */
export const baudRateLimits = { least: romBaudRate, most: 4_000_000 } as const;

/** What a stub must offer for its rate to be raised. */
export interface StubLine {
  readonly link: IspLink;
  nop(): Promise<boolean>;
  /** `refused`: the stub cannot, and stays as it is. */
  askBaudRate(baudRate: number): Promise<'agreed' | 'refused' | 'unknown'>;
  /** Whether `payload` arrives as it was sent; absent in stubs that cannot tell. */
  linkTest?(payload: Uint8Array): Promise<boolean>;
}

/** A stub of ours switches as soon as its answer has left; one that says nothing may still be sending. */
const switchPausesMs = { agreed: 3, unknown: 50 } as const;
const nopAttempts = 3;
const linkTestBytes = 1024;
const linkTests = 2;

/** The wished rate and every lower one of the ladder. @param highest bits per second */
export function baudLadder(highest: number): number[] {
  return [...new Set([highest, ...standardBaudRates.filter((rate) => rate < highest)])];
}

/**
 * Raises the rate of stub and host, and tests it with packets whose loss costs nothing.
 * @returns `lost` when the stub may be at a rate at which it cannot be heard; only a reset helps then
 */
export async function raiseBaudRate(stub: StubLine, baudRate: number): Promise<'raised' | 'refused' | 'lost'> {
  const { link } = stub;
  const before = link.baudRate;
  if (baudRate === before) return (await isTrustworthy(stub)) ? 'raised' : 'lost';
  const answer = await stub.askBaudRate(baudRate);
  if (answer === 'refused') return 'refused';
  await link.pause(switchPausesMs[answer]);
  if ((await switchHost(stub, baudRate)) && (await isTrustworthy(stub))) return 'raised';
  // The request itself may have been lost; then the stub is where it was.
  await switchHost(stub, before);
  return (await isTrustworthy(stub)) ? 'refused' : 'lost';
}

/** Whether the host's side of the port can have that rate. */
async function switchHost({ link }: StubLine, baudRate: number): Promise<boolean> {
  try {
    await link.setBaudRate(baudRate);
    await link.resynchronize();
    return true;
  } catch (error) {
    link.throwIfOver();
    if (error instanceof UserError) return false;
    throw error;
  }
}

async function isTrustworthy(stub: StubLine): Promise<boolean> {
  let heard = false;
  for (let attempt = 0; attempt < nopAttempts && !heard; attempt++) heard = await stub.nop();
  if (!heard) return false;
  for (let test = 0; test < linkTests; test++) {
    if (stub.linkTest && !(await stub.linkTest(linkTestPattern(test)))) return false;
  }
  return true;
}

/** Every byte value in changing company, so that escapes and long runs of ones and zeros are on the wire. */
function linkTestPattern(test: number): Uint8Array {
  return Uint8Array.from({ length: linkTestBytes }, (_, index) => (index * (2 * test + 1) + (index >> 8) * 85) & 0xff);
}
