import { SeededRandom } from '../../../src/base/random';
import { BoardError, type BoardErrorCode } from '../../../src/board/board-error';
import { openMemoryPort } from '../../../src/board/emulator/memory-transport';
import { MicroPythonFirmware } from '../../../src/board/emulator/micropython/micropython-firmware';
import { VirtualBoard } from '../../../src/board/emulator/virtual-board';
import { VirtualClock } from '../../../src/board/emulator/virtual-clock';
import { deployFile } from '../../../src/board/repl/deploy-file';
import { patternBytes, resets } from './repl-bench';
import { FuzzedTransport, noise } from './fuzz';

/** What boards say when they know the words; damaged answers of the protocol among them. */
export const phrases = [
  '>>> ', 'raw REPL; CTRL-B to exit\r\n>', 'OK', '\x04', '\x04\x04>', 'OK\x04\x04>', '~k2 1 1~', '~k2 2212294583 1~', 'OK\r\n~k2 2212294583 1~\r\n\x04\x04>', 'init end\r\n',
  'Traceback (most recent call last):\r\n', 'OSError: 28\r\n', 'MemoryError: \r\n', 'NameError: name \'_kw\' isn\'t defined\r\n', '{"k2":"ready"', '{"k2":"ready","ms":1}\r\n', '{"k2":"photo","size":16,"next":0}',
] as const;

/** Virtual time after which a transfer that has not ended counts as hanging. */
const hangMs = 60 * 60_000;
const mostBytes = 12_000;
const before = patternBytes(700, 77);

/**
 * One transfer to a board with real MicroPython, over a line on which anything may come from it. Expected failures are results.
 * @returns `verified` or the code of the failure
 * @throws Error when it hangs, fails in an unexpected way, says that a file is there which is not, or the board has another file changed
 */
export async function fuzzFileDeployment(seed: number): Promise<'verified' | BoardErrorCode> {
  const random = new SeededRandom(seed, 'fuzz of files');
  const share = random.pick([0.001, 0.01, 0.1, 1]);
  const content = patternBytes(1 + random.below(mostBytes), seed);
  const clock = new VirtualClock();
  const firmware = new MicroPythonFirmware();
  firmware.card?.put('/data.bin', before);
  firmware.card?.put('/other.bin', before);
  const board = new VirtualBoard({ clock, firmware });
  const ended = new AbortController();
  try {
    const port = await openMemoryPort(board);
    const transport = new FuzzedTransport(port, random, share, () => (random.uniform() < 0.8 ? Buffer.from(random.pick(phrases), 'latin1') : noise(random, random.below(60))));
    await transport.setLines({ dtr: false, rts: false });
    const hang = new Promise<never>((_resolve, reject) => {
      void clock.sleep(hangMs, ended.signal).then(() => reject(new Error(`Seed ${seed}: the transfer hangs`)), () => undefined);
    });
    const outcome = await Promise.race([deployFile(transport, clock, content, { path: '/sd/data.bin', resets, baudRate: 115_200 }).then(() => 'verified' as const, codeOf), hang]);
    const now = Buffer.from(firmware.card?.read('/data.bin') ?? []);
    if (outcome === 'verified' && !now.equals(content)) throw new Error(`Seed ${seed}: verified and not there`);
    if (!now.equals(content) && !now.equals(before)) throw new Error(`Seed ${seed}: ${outcome}, and the file is neither the old one nor the new one`);
    if (!Buffer.from(firmware.card?.read('/other.bin') ?? []).equals(before)) throw new Error(`Seed ${seed}: another file changed`);
    return outcome;
  } finally {
    ended.abort();
    board.dispose();
  }
}

function codeOf(error: unknown): BoardErrorCode {
  if (error instanceof BoardError) return error.code;
  throw error;
}
