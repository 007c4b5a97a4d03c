import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { boardModels, findBoardModel } from '../../../../src/board/emulator/board-models';
import type { WiringName } from '../../../../src/board/emulator/control-wiring';
import { fault, type FaultInput } from '../../../../src/board/emulator/faults';
import { openMemoryPort } from '../../../../src/board/emulator/memory-transport';
import { VirtualBoard, type VirtualBoardOptions } from '../../../../src/board/emulator/virtual-board';
import { VirtualClock } from '../../../../src/board/emulator/virtual-clock';
import { encodeRequest, encodeUint32, ispStatus, ownStubOp, romOp, shortGreeting, stubLoadAddress, stubOp } from '../../../../src/board/isp/packet';
import { encodeSlip } from '../../../../src/board/isp/slip';
import { readStubImage } from '../../../../src/board/stub/stub-image';
import { lineSequences, TestHost } from '../../../support/board/isp-client';
import { randomBytes } from '../../../support/board/stub-bench';
import { executedStub } from '../../../support/riscv/executed-stub';

interface Bench {
  readonly board: VirtualBoard;
  readonly host: TestHost;
  readonly clock: VirtualClock;
}

async function withBoard(options: Omit<VirtualBoardOptions, 'clock' | 'faults'> & { faults?: readonly FaultInput[] }, check: (bench: Bench) => Promise<void>): Promise<void> {
  const clock = new VirtualClock();
  const board = new VirtualBoard({ ...options, clock, faults: (options.faults ?? []).map(fault) });
  try {
    const port = await openMemoryPort(board);
    await port.setLines({ dtr: false, rts: false });
    await check({ board, clock, host: new TestHost(port, clock) });
  } finally {
    board.dispose();
  }
}

const greeting = { op: romOp.nop, address: 0 };

async function loadStub({ host }: Bench): Promise<void> {
  const image = await readStubImage();
  for (let offset = 0; offset < image.length; offset += 1024) {
    assert.deepEqual(await host.statuses({ op: romOp.memoryWrite, address: stubLoadAddress + offset, payload: image.subarray(offset, offset + 1024) }), [ispStatus.ok]);
  }
  assert.deepEqual(await host.statuses({ op: romOp.boot, address: stubLoadAddress }), []);
}

async function toStub(bench: Bench): Promise<void> {
  bench.board.pressBootAndReset();
  await loadStub(bench);
}

test('a board prints its boot log at 115200 and answers no greeting then', () => withBoard({}, async ({ board, host }) => {
  await host.exchange(encodeSlip(shortGreeting()), 1000);
  assert.match(host.text(), /Virtual K210 board[^]*16 MiB[^]*init end/);
  assert.equal(board.state, 'firmware');
}));

test('a flash without an image boots nothing', () => withBoard({ flashContent: randomBytes(5000) }, async ({ board, host }) => {
  assert.equal((await host.exchange(new Uint8Array(1), 2000)).length, 0);
  assert.equal(board.state, 'off');
}));

test('each board follows its own sequence of lines into ISP and back', async () => {
  for (const model of boardModels) {
    for (const wiring of Object.keys(lineSequences) as WiringName[]) {
      await withBoard({ model }, async ({ board, host }) => {
        await host.drive(lineSequences[wiring].isp);
        // On the wiring of the Dock the steps for the old debugger come to the same.
        const enters = wiring === model.wiring || (wiring === 'goD' && model.wiring === 'dan');
        assert.equal(board.state === 'isp', enters, `${model.id}, ${wiring}`);
        if (wiring !== model.wiring) return;
        assert.deepEqual(await host.statuses(greeting), [ispStatus.ok]);
        await host.drive(lineSequences[wiring].flash);
        assert.equal(board.state, 'firmware');
      });
    }
  }
});

test('the other port of a board with two is silent', async () => {
  const model = findBoardModel('maix-go');
  assert.ok(model);
  const clock = new VirtualClock();
  const board = new VirtualBoard({ clock, model });
  const host = new TestHost(await openMemoryPort(board, 0), clock);
  await host.drive(lineSequences.kd233.isp);
  assert.deepEqual(await host.statuses(greeting), []);
  assert.equal(board.state, 'firmware');
  assert.equal(board.model.consolePort, 1);
  board.dispose();
});

test('the ROM answers both greetings, checks what it loads, and refuses what it does not know', () => withBoard({}, async ({ board, host }) => {
  board.pressBootAndReset();
  assert.deepEqual([...(await host.exchange(encodeSlip(shortGreeting())))], [0xc0, 0xc2, 0xe0, 0xc0]);
  assert.deepEqual(await host.statuses(greeting), [ispStatus.ok]);
  assert.deepEqual(await host.statuses({ op: romOp.memoryWrite, address: stubLoadAddress, payload: new Uint8Array(1025) }), [ispStatus.badLength]);
  assert.deepEqual(await host.statuses({ op: romOp.memoryWrite, address: 0x80600000, payload: new Uint8Array(4) }), [ispStatus.badLength]);
  assert.deepEqual(await host.statuses({ op: 0xc9, address: 0 }), [ispStatus.invalidCommand]);
  assert.deepEqual(await host.statuses({ op: romOp.setBaudRate, address: 0, payload: encodeUint32(230_400) }), []);
  assert.equal(board.baudRate, 230_400);
  await host.port.setBaudRate(230_400);
  assert.deepEqual(await host.statuses(greeting), [ispStatus.ok]);
}));

test('bytes at another rate are garbage for both sides', () => withBoard({}, async (bench) => {
  const { board, host } = bench;
  await toStub(bench);
  await host.port.setBaudRate(921_600);
  assert.deepEqual(await host.statuses({ op: stubOp.nop, address: 0 }), []);
  await host.port.setBaudRate(115_200);
  await host.exchange(Uint8Array.of(0xc0, 0xc0));
  assert.deepEqual(await host.statuses({ op: stubOp.setBaudRate, address: 0, payload: encodeUint32(1_500_000) }), [ispStatus.ok]);
  assert.equal(board.baudRate, 1_500_000);
  assert.deepEqual(await host.statuses({ op: stubOp.nop, address: 0 }), []);
  await host.port.setBaudRate(1_500_000);
  await host.exchange(Uint8Array.of(0xc0, 0xc0));
  assert.deepEqual(await host.statuses({ op: stubOp.nop, address: 0 }), [ispStatus.ok]);
}));

test('sending takes the time of the bits', () => withBoard({}, async ({ clock, host }) => {
  const startMs = clock.nowMs();
  await host.port.write(new Uint8Array(11_520));
  assert.ok(Math.abs(clock.nowMs() - startMs - 1000) < 1, `${clock.nowMs() - startMs} ms`);
}));

for (const [name, loaded] of [['model', 'automatic'], ['machine code', executedStub]] as const) {
  test(`the ROM loads and starts the stub, which writes the flash (${name})`, () => withBoard({ loaded }, async (bench) => {
    const { board, host } = bench;
    await toStub(bench);
    const before = board.flash.memory.slice();
    assert.deepEqual(await host.statuses({ op: stubOp.flashInit, address: 1 }), [ispStatus.ok]);
    const payload = randomBytes(8192);
    assert.deepEqual(await host.statuses({ op: stubOp.flashWrite, address: 0x300000, payload }, 3000), [ispStatus.ok]);
    before.set(payload, 0x300000);
    assert.ok(Buffer.from(board.flash.memory.buffer).equals(before));
    assert.deepEqual(board.flashMisuse, []);
    assert.deepEqual(await host.statuses({ op: stubOp.reboot, address: 0 }), [ispStatus.ok]);
    assert.equal(board.state, 'firmware');
  }));
}

test('whatever else is loaded behaves as a classic stub: no identification, no proof', () => withBoard({ faults: [{ kind: 'write-protected' }] }, async ({ board, host }) => {
  board.pressBootAndReset();
  assert.deepEqual(await host.statuses({ op: romOp.memoryWrite, address: stubLoadAddress, payload: randomBytes(512) }), [ispStatus.ok]);
  await host.ask({ op: romOp.boot, address: stubLoadAddress });
  assert.deepEqual(await host.statuses({ op: ownStubOp.hello, address: 0 }), [ispStatus.invalidCommand]);
  assert.deepEqual(await host.statuses({ op: stubOp.flashInit, address: 1 }), [ispStatus.ok]);
  assert.deepEqual(await host.statuses({ op: stubOp.flashWrite, address: 0x300000, payload: randomBytes(4096) }, 3000), [ispStatus.ok]);
  assert.equal(board.flash.memory[0x300000], 0xff);
}));

test('with ISP always, a greeting brings the board there from firmware and from a stub', () => withBoard({ ispEntry: 'always' }, async (bench) => {
  const { board, host } = bench;
  for (let round = 0; round < 2; round++) {
    await host.exchange(encodeSlip(shortGreeting()));
    assert.equal(board.state, 'isp');
    assert.deepEqual(await host.statuses(greeting), [ispStatus.ok]);
    await loadStub(bench);
    assert.equal(board.state, 'loaded');
  }
}));

test('an unplugged board loses its port, and boots when it is back', () => withBoard({}, async ({ board, host }) => {
  const losses: string[] = [];
  host.port.onLoss(({ kind }) => losses.push(kind));
  const writing = assert.rejects(host.port.write(new Uint8Array(10_000)), /K2-PORT-LOST/);
  board.unplug();
  await writing;
  assert.deepEqual([losses, board.state], [['unplugged'], 'off']);
  await assert.rejects(openMemoryPort(board), /K2-PORT-MISSING/);
  board.plugIn();
  assert.equal(board.state, 'firmware');
  await openMemoryPort(board);
}));

for (const program of ['ROM', 'own', 'classic'] as const) {
  test(`no bytes whatever bring the ${program === 'ROM' ? 'ROM' : `${program} stub`} out of step`, async () => {
    const clock = new VirtualClock();
    const board = new VirtualBoard({ clock, loaded: program === 'ROM' ? 'own' : program });
    const host = new TestHost(await openMemoryPort(board), clock);
    const known = program === 'ROM' ? romOp.nop : stubOp.nop;
    const piece = fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.constantFrom(Uint8Array.of(0xc0), Uint8Array.of(0xdb), Uint8Array.of(0xc0, 0xd4, 0), encodeSlip(encodeRequest({ op: stubOp.flashWrite, address: 0, payload: randomBytes(300) }))));
    await fc.assert(fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
      board.pressBootAndReset();
      if (program !== 'ROM') await host.ask({ op: romOp.boot, address: stubLoadAddress });
      for (const bytes of pieces) await host.port.write(bytes);
      await host.exchange(Uint8Array.of(0xc0, 0xc0));
      assert.deepEqual(await host.statuses({ op: known, address: 0 }), [ispStatus.ok]);
    }), { numRuns: 60 });
    assert.equal(board.flash.changeCount, 0);
    board.dispose();
  });
}
