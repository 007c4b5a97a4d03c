import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BoardError, type BoardErrorCode } from '../../../../src/board/board-error';
import { VirtualClock } from '../../../../src/board/emulator/virtual-clock';
import { findBoardModel } from '../../../../src/board/emulator/board-models';
import { openMemoryPort } from '../../../../src/board/emulator/memory-transport';
import { VirtualBoard } from '../../../../src/board/emulator/virtual-board';
import type { PortOwners } from '../../../../src/board/port/port-owners';
import { withPort, type PortAccess } from '../../../../src/board/port/with-port';
import { deployFile } from '../../../../src/board/repl/deploy-file';
import { ScriptedTransport } from '../../../support/board/scripted-transport';
import { patternBytes, resets } from '../../../support/board/repl-bench';

const owners = { claim: () => Promise.resolve({ release: () => Promise.resolve() }) } as unknown as PortOwners;
const ports = ['first', 'second'].map((path) => ({ path, port: undefined }));

function scriptedAccess(opened: string[]): PortAccess {
  return { owners, clock: new VirtualClock(), open: (path) => Promise.resolve((opened.push(path), new ScriptedTransport())) };
}

/** Which ports were opened when the first one fails so. */
async function openedAfter(error: Error): Promise<string[]> {
  const opened: string[] = [];
  const signal = new AbortController().signal;
  await withPort(scriptedAccess(opened), ports, () => undefined, signal, (_transport, { path }) => (path === 'first' ? Promise.reject(error) : Promise.resolve('done'))).catch(() => undefined);
  return opened;
}

test('the second port of a board is tried when nothing speaks for the first, and only then', async () => {
  const worth = (code: BoardErrorCode): BoardError => new BoardError(code, 'Nothing.', 'Look.', { isOtherPortWorthTrying: true });
  assert.deepEqual(await openedAfter(worth('K2-ISP-SILENT')), ['first', 'second']);
  assert.deepEqual(await openedAfter(worth('K2-ISP-GARBAGE')), ['first', 'second']);
  assert.deepEqual(await openedAfter(new BoardError('K2-ISP-BOOTLOG', 'It talks.', 'Look.')), ['first']);
  assert.deepEqual(await openedAfter(new BoardError('K2-WRITE', 'Lost.', 'Look.')), ['first']);
  assert.deepEqual(await openedAfter(new Error('defect')), ['first']);
});

test('a file finds the port of MicroPython on a board with two', async () => {
  const clock = new VirtualClock();
  const model = findBoardModel('maix-go');
  assert.ok(model?.portCount === 2 && model.consolePort === 1);
  const board = new VirtualBoard({ clock, model });
  const notices: string[] = [];
  const access: PortAccess = { owners, clock, open: (path) => openMemoryPort(board, path === 'first' ? 0 : 1) };
  const tried: string[] = [];
  await assert.rejects(withPort(access, ports, (sentence) => notices.push(sentence), new AbortController().signal, (transport, { path }) => {
    tried.push(path);
    return deployFile(transport, clock, patternBytes(100), { path: '/sd/a.bin', resets });
  }), { code: 'K2-REPL-NONE' });
  assert.deepEqual(tried, ['first', 'second']);
  assert.match(notices.join(), /Nobody answers on first; trying the board's other port second/);
  board.dispose();
});
