import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { silentProgress } from '../../../src/base/progress';
import { SeededRandom } from '../../../src/base/random';
import { CancelledError } from '../../../src/base/user-error';
import { BoardMemoryFile } from '../../../src/board/deploy/board-memory';
import { deployFlash, type FlashDeployment } from '../../../src/board/deploy/deploy-flash';
import { BoardOnTerminal } from '../../../src/board/emulator/board-on-terminal';
import { VirtualBoard } from '../../../src/board/emulator/virtual-board';
import { SerialPortTransport } from '../../../src/board/port/serial-port-transport';
import { readStubImage } from '../../../src/board/stub/stub-image';
import { systemClock } from '../../../src/board/system-clock';
import { modelBytes } from '../../support/board/deploy-trial';
import { rounded, verdictOf, type Measured } from '../support/measured';

const address = 0x300000;
const modelLength = 2 << 20;
const interruptions = 20;
const wantedRatio = 10;

/** A model of 2 MiB to a virtual board on a pseudo-terminal, through the real serial port library. */
export async function measureDeploys(): Promise<Record<string, string>[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'bench-board-'));
  try {
    return [...(await measureBoard(folder, 'simulated')), ...(await measureBoard(folder, 'none'))].map(verdictOf);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureBoard(folder: string, timing: 'simulated' | 'none'): Promise<Measured[]> {
  const board = new VirtualBoard({ clock: systemClock, timing, hostRate: 'unknown', ispEntry: 'always' });
  const terminal = await BoardOnTerminal.open(board, undefined, () => undefined);
  const port = terminal.paths[0] ?? '';
  const name = timing === 'simulated' ? 'a board that takes its time (1.5 Mbaud, W25Q128)' : 'a board without time';
  try {
    const before = Uint8Array.from(board.flash.memory);
    const bytes = modelBytes(modelLength);
    const first = await deploy(folder, port, bytes);
    const again = await deploy(folder, port, bytes);
    const wanted = Uint8Array.from(before);
    wanted.set(bytes, address);
    const isEqual = Buffer.from(wanted).equals(board.flash.memory);
    const resumed = timing === 'none' ? await interrupt(folder, port, board, first.uploadMs) : undefined;
    return [
      { what: `2 MiB to ${name}`, value: rounded(first.uploadMs / 1000, 2), unit: 's' },
      { what: 'the same again, unchanged', value: rounded(again.uploadMs / 1000, 2), unit: 's' },
      { what: 'ratio', value: rounded(first.uploadMs / again.uploadMs, 1), unit: 'times', wanted: { atLeast: wantedRatio } },
      { what: 'verified, bytes equal, nothing else changed', value: first.verified && again.verified && isEqual ? 1 : 0, unit: 'of 1', wanted: { atLeast: 1 } },
      ...(resumed === undefined ? [] : [{ what: 'interrupted at a random moment, resumed, equal', value: resumed, unit: `of ${interruptions}`, wanted: { atLeast: interruptions } }]),
    ];
  } finally {
    await terminal.close();
    board.dispose();
  }
}

/** How many of the interrupted uploads were resumed to equal bytes. */
async function interrupt(folder: string, port: string, board: VirtualBoard, wholeMs: number): Promise<number> {
  const random = new SeededRandom(6, 'bench interruptions');
  let equal = 0;
  for (let round = 0; round < interruptions; round++) {
    const bytes = modelBytes(modelLength, round + 2);
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), random.between(0, wholeMs));
    await deploy(folder, port, bytes, abort.signal).catch((error: unknown) => {
      if (!(error instanceof CancelledError)) throw error;
    });
    clearTimeout(timer);
    const { verified } = await deploy(folder, port, bytes);
    if (verified && Buffer.from(bytes).equals(board.flash.memory.subarray(address, address + bytes.length))) equal++;
  }
  return equal;
}

async function deploy(folder: string, port: string, bytes: Uint8Array, signal?: AbortSignal): Promise<FlashDeployment> {
  const transport = await SerialPortTransport.open(port, 115200);
  try {
    return await deployFlash(transport, systemClock, {
      regions: [{ address, bytes, name: 'bench.kmodel' }], stubCode: await readStubImage(), classicAllowed: false, baudRate: 1_500_000, profile: undefined,
      consent: { firmware: false, files: false }, readBack: false, proofLimitMs: 0, port: undefined, askForButtons: false, memory: new BoardMemoryFile(folder),
      progress: silentProgress, notice: () => undefined, onMap: () => undefined, ...(signal ? { signal } : {}),
    });
  } finally {
    await transport.close();
  }
}
