import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentProgress } from '../../../../src/base/progress';
import { CancelledError } from '../../../../src/base/user-error';
import type { BoardMemory } from '../../../../src/board/deploy/board-memory';
import { identifyBoard, type BoardIdentity } from '../../../../src/board/deploy/identify-board';
import { defaultBoardModel } from '../../../../src/board/emulator/board-models';
import { openMemoryPort } from '../../../../src/board/emulator/memory-transport';
import { VirtualBoard } from '../../../../src/board/emulator/virtual-board';
import { VirtualClock } from '../../../../src/board/emulator/virtual-clock';
import { readStubImage } from '../../../../src/board/stub/stub-image';
import { WatchedTransport } from '../../../support/board/forwarding-transport';

const memory: BoardMemory = { recall: () => Promise.resolve(undefined), remember: () => Promise.resolve() };

/** Asks a board that is just switched on, and gives its state afterwards. @param cancelAtOp request at which the user cancels */
async function ask(cancelAtOp?: number): Promise<{ readonly answer: Promise<BoardIdentity>; readonly board: VirtualBoard }> {
  const clock = new VirtualClock();
  const board = new VirtualBoard({ clock, model: defaultBoardModel, faults: [] });
  const abort = new AbortController();
  const transport = new WatchedTransport(await openMemoryPort(board), (op, moment) => {
    if (op === cancelAtOp && moment === 'sent') abort.abort();
  });
  const stubCode = await readStubImage();
  return { board, answer: identifyBoard(transport, clock, { stubCode, port: undefined, memory, askForButtons: true, progress: silentProgress, notice: () => undefined, signal: abort.signal }) };
}

test('a board that is asked tells its flash, and runs its firmware again', async () => {
  const { answer, board } = await ask();
  assert.equal((await answer).flashBytes, board.flash.memory.length);
  assert.equal(board.state, 'firmware');
  board.dispose();
});

for (const [what, op] of [['stub upload', 0xc3], ['stub start', 0xc5], ['flash init', 0xd7], ['reading', 0xda]] as const) {
  test(`a question that is cancelled at ${what} leaves the board running its firmware`, async () => {
    const { answer, board } = await ask(op);
    await assert.rejects(answer, (error: unknown) => error instanceof CancelledError);
    assert.equal(board.state, 'firmware');
    board.dispose();
  });
}
