import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { BoardRestartedError, type BoardLink } from './board-link';

/** The firmware's own rate. */
export const normalBaudRate = 115_200;
/** What most USB chips of these boards still carry (k210-serial.md, section 1.7). */
export const fastBaudRate = 1_500_000;
const switchMs = 100;
const testBytes = 1024;
const answerLimitMs = 2000;

/**
 * Lets board and host speak at another rate, where the firmware can, and tests the line before trusting it.
 * @returns false when the rate stays what it was
 * @throws BoardRestartedError when the board is out of reach at either rate: it needs a reset
 */
export async function changeRate(link: BoardLink, baudRate: number): Promise<boolean> {
  const { repl } = link;
  const before = repl.transport.baudRate;
  const can = await link.ask(`try:\n from machine import UART\n _kp(hasattr(UART,'repl_uart'))\nexcept ImportError:\n _kp(False)`, answerLimitMs, 'asking for a faster rate');
  if (can !== 'True') return false;
  await repl.write(`${rateCode(baudRate)}\x04`);
  await repl.clock.sleep(switchMs, repl.signal);
  await repl.transport.setBaudRate(baudRate);
  if (((await repl.resync()) || (await repl.resync())) && (await passesLinkTest(link))) return true;
  // Asks back, in case the board hears at the new rate and is only misheard.
  await repl.write(`\x03\x01${rateCode(before)}\x04`);
  await repl.clock.sleep(switchMs, repl.signal);
  await repl.transport.setBaudRate(before);
  if ((await repl.resync()) || (await repl.resync())) return false;
  throw new BoardRestartedError('The board is out of reach after a change of the rate');
}

function rateCode(baudRate: number): string {
  return `from machine import UART\nUART.repl_uart().init(${baudRate},8,None,1,read_buf_len=4096)`;
}

async function passesLinkTest(link: BoardLink): Promise<boolean> {
  const bytes = randomBytes(testBytes);
  const { retries } = link;
  try {
    const answer = await link.ask(`_kp(_kb.crc32(_kb.a2b_base64('${bytes.toString('base64')}')))`, answerLimitMs, 'testing the faster rate');
    return Number(answer) === crc32(bytes) && link.retries === retries;
  } catch {
    return false;
  }
}
