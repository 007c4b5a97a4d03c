import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentProgress } from '../../src/base/progress';
import { CancelledError } from '../../src/base/user-error';
import type { Clock } from '../../src/board/clock';
import { DeployFailure } from '../../src/board/deploy/deploy-failure';
import { deployFlash, type FlashDeployOptions, type FlashDeployment } from '../../src/board/deploy/deploy-flash';
import { BoardOnTerminal } from '../../src/board/emulator/board-on-terminal';
import { fault, type FaultInput } from '../../src/board/emulator/faults';
import { openMemoryPort } from '../../src/board/emulator/memory-transport';
import { VirtualBoard } from '../../src/board/emulator/virtual-board';
import { VirtualClock } from '../../src/board/emulator/virtual-clock';
import { SerialPortTransport } from '../../src/board/port/serial-port-transport';
import type { Transport } from '../../src/board/port/transport';
import { readStubImage } from '../../src/board/stub/stub-image';
import { systemClock } from '../../src/board/system-clock';
import { randomBytes } from '../support/board/stub-bench';
import { executedStub } from '../support/riscv/executed-stub';

const address = 0x300000;
const noPseudoTerminals = process.platform === 'win32' ? 'Windows has no pseudo-terminals.' : false;

async function deploy(transport: Transport, clock: Clock, bytes: Uint8Array, change: Partial<FlashDeployOptions> = {}): Promise<FlashDeployment> {
  return deployFlash(transport, clock, {
    regions: [{ address, bytes, name: 'face.kmodel' }], stubCode: await readStubImage(), classicAllowed: false, baudRate: 1_500_000, profile: undefined,
    consent: { firmware: false, files: false }, readBack: false, proofLimitMs: 0, port: undefined, askForButtons: true,
    memory: { recall: () => Promise.resolve(undefined), remember: () => Promise.resolve() },
    progress: silentProgress, notice: () => undefined, onMap: () => undefined, ...change,
  });
}

/** What the flash has to hold: `bytes`, and everything else as before. */
function expectFlash(board: VirtualBoard, before: Uint8Array, bytes: Uint8Array): void {
  const expected = Buffer.from(before);
  expected.set(bytes, address);
  assert.ok(expected.equals(board.flash.memory), 'the flash holds the model, and nothing else changed');
}

for (const faults of [[], [{ kind: 'flip-bit', op: 'D4', place: 'payload' }, { kind: 'drop-byte', op: 'DB', place: 'crc' }, { kind: 'lose-reply', op: 'D4', skip: 1 }]] satisfies FaultInput[][]) {
  test(`our client deploys through the stub's machine code${faults.length > 0 ? ' on a bad line' : ''}`, async () => {
    const clock = new VirtualClock();
    const board = new VirtualBoard({ clock, loaded: executedStub, faults: faults.map(fault) });
    const before = board.flash.memory.slice();
    const bytes = randomBytes(90_000, 11);
    const port = await openMemoryPort(board);
    const deployment = await deploy(port, clock, bytes);
    assert.ok(deployment.verified);
    expectFlash(board, before, bytes);
    assert.deepEqual(board.flashMisuse, []);
    assert.equal(board.state, 'firmware');
    await port.close();
    board.dispose();
  });
}

async function deployInMemory(faults: readonly FaultInput[], bytes: Uint8Array): Promise<{ board: VirtualBoard; before: Uint8Array; outcome: FlashDeployment | Error }> {
  const clock = new VirtualClock();
  const board = new VirtualBoard({ clock, faults: faults.map(fault) });
  const before = board.flash.memory.slice();
  const port = await openMemoryPort(board);
  const outcome = await deploy(port, clock, bytes).catch((error: unknown) => error as Error);
  await port.close();
  board.dispose();
  return { board, before, outcome };
}

test('a worn cell is an error that names its block', async () => {
  const { outcome } = await deployInMemory([{ kind: 'worn-cell', address: address + 70_000 }], randomBytes(200_000, 4).fill(0xff, 70_000, 70_001));
  assert.ok(outcome instanceof DeployFailure);
  assert.match(outcome.message, /K2-WRITE: .*0x310000/);
});

test('a bit that turns over after its block was acknowledged is found', async () => {
  const bytes = randomBytes(200_000, 4);
  const { board, before, outcome } = await deployInMemory([{ kind: 'bit-rot', address: address + 100, nth: 3 }], bytes);
  if (outcome instanceof Error) assert.match(outcome.message, /K2-VERIFY/);
  else expectFlash(board, before, bytes);
});

/** Gives `body` the path of a virtual board on a pseudo-terminal, and the one that it has after its cable was pulled. */
async function onTerminal(faults: readonly FaultInput[], body: (board: VirtualBoard, path: string, backAt: Promise<string>) => Promise<void>): Promise<void> {
  const board = new VirtualBoard({ clock: systemClock, timing: 'none', hostRate: 'unknown', ispEntry: 'always', faults: faults.map(fault) });
  const paths: string[] = [];
  let tellBack = (_path: string): void => undefined;
  const backAt = new Promise<string>((resolve) => (tellBack = resolve));
  const terminal = await BoardOnTerminal.open(board, undefined, ([path = '']) => {
    paths.push(path);
    if (paths.length === 2) tellBack(path);
  });
  try {
    await body(board, paths[0] ?? '', backAt);
  } finally {
    await terminal.close();
    board.dispose();
  }
}

async function deployOver(path: string, bytes: Uint8Array, change: Partial<FlashDeployOptions> = {}): Promise<FlashDeployment> {
  const transport = await SerialPortTransport.open(path, 115_200);
  try {
    return await deploy(transport, systemClock, bytes, change);
  } finally {
    await transport.close();
  }
}

test('2 MiB over a pseudo-terminal are verified; again, nothing is written', { skip: noPseudoTerminals }, () => onTerminal([], async (board, path) => {
  const before = board.flash.memory.slice();
  const bytes = randomBytes(2 << 20, 5);
  assert.ok((await deployOver(path, bytes)).verified);
  expectFlash(board, before, bytes);
  const { changeCount } = board.flash;
  assert.ok((await deployOver(path, bytes)).verified);
  assert.equal(board.flash.changeCount, changeCount);
  expectFlash(board, before, bytes);
}));

test('a deploy that was interrupted 20 times goes on where it stopped', { skip: noPseudoTerminals }, () => onTerminal([], async (board, path) => {
  const before = board.flash.memory.slice();
  const bytes = randomBytes(2 << 20, 6);
  for (const point of randomBytes(20, 3)) {
    const abort = new AbortController();
    // The interruption falls a random number of pieces into the upload.
    let piecesLeft = point % 60;
    const progress = { report: () => { if (piecesLeft-- === 0) abort.abort(); } };
    await assert.rejects(deployOver(path, bytes, { progress, signal: abort.signal }), CancelledError);
  }
  assert.ok((await deployOver(path, bytes)).verified);
  expectFlash(board, before, bytes);
  const blocks = bytes.length / 65_536;
  assert.ok(board.activityCount('program') <= blocks + 20, 'an interruption costs one block at most');
}));

test('a cable that is pulled from a pseudo-terminal is a lost port, and the next deploy goes on', { skip: noPseudoTerminals }, () => onTerminal([{ kind: 'unplug', during: 'program', nth: 3 }], async (board, path, backAt) => {
  const before = board.flash.memory.slice();
  const bytes = randomBytes(400_000, 8);
  await assert.rejects(deployOver(path, bytes), (error: unknown) => error instanceof DeployFailure && /K2-PORT-LOST/.test(error.message));
  assert.ok((await deployOver(await backAt, bytes)).verified);
  expectFlash(board, before, bytes);
  // Two blocks were done, the third was erased.
  assert.equal(board.activityCount('program'), 3 + 5);
}));
