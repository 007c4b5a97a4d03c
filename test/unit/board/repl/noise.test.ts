import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../../../src/base/random';
import { BoardError } from '../../../../src/board/board-error';
import type { BoardMachine, BoardProgram } from '../../../../src/board/emulator/board-program';
import { VirtualBoard } from '../../../../src/board/emulator/virtual-board';
import { openMemoryPort } from '../../../../src/board/emulator/memory-transport';
import { VirtualClock } from '../../../../src/board/emulator/virtual-clock';
import { askBoardForEmbedding } from '../../../../src/board/photo-check/ask-board';
import { deployFile } from '../../../../src/board/repl/deploy-file';
import { SerialInbox } from '../../../../src/board/repl/serial-inbox';
import { patternBytes, resets } from '../../../support/board/repl-bench';
import { fuzzFileDeployment, phrases } from '../../../support/board/repl-fuzz';

/** Answers everything with noise out of phrases and random bytes. */
function babbler(seed: number): BoardProgram {
  return {
    name: 'babbler',
    start(machine: BoardMachine) {
      const random = new SeededRandom(seed, 'babble');
      return {
        receive: () => {
          if (random.uniform() < 0.3) return;
          const phrase = phrases[random.below(phrases.length)] ?? '';
          machine.serial.send(random.uniform() < 0.7 ? Buffer.from(phrase, 'latin1') : Uint8Array.from({ length: random.below(60) }, () => random.below(256)));
        },
      };
    },
  };
}

for (let seed = 1; seed <= 12; seed++) {
  test(`noise ${seed} of a board ends in a named error, and nothing is taken for proved`, async () => {
    const clock = new VirtualClock();
    const board = new VirtualBoard({ clock, firmware: babbler(seed) });
    const transport = await openMemoryPort(board);
    const isNamed = (error: unknown): boolean => error instanceof BoardError;
    await assert.rejects(deployFile(transport, clock, patternBytes(3000), { path: '/sd/data.bin', resets }), isNamed);
    await assert.rejects(askBoardForEmbedding(transport, clock, new Uint8Array(16 * 16 * 3), 16), isNamed);
    board.dispose();
  });
}

test('whatever comes from a board with MicroPython, a transfer ends with proof or with a named error', async () => {
  const outcomes = new Set<string>();
  for (let seed = 1; seed <= 12; seed++) outcomes.add(await fuzzFileDeployment(seed));
  assert.ok(outcomes.has('verified') && outcomes.size > 1, [...outcomes].join());
});

test('a board that floods the line does not fill the memory', async () => {
  const clock = new VirtualClock();
  const board = new VirtualBoard({ clock, timing: 'none', firmware: { name: 'flood', start: () => ({ receive: () => undefined }) } });
  const transport = await openMemoryPort(board);
  const inbox = new SerialInbox(transport, clock);
  for (let i = 0; i < 40; i++) board.consolePort.deliver(new Uint8Array(65_536).fill(65 + (i % 26)));
  assert.ok(inbox.takeAll().length <= 131_072);
  inbox.dispose();
  board.dispose();
});
