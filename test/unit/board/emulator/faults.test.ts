import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { UserError } from '../../../../src/base/user-error';
import { fault, faultKinds, framePlaces, parseFault, wireDirections, type FaultInput } from '../../../../src/board/emulator/faults';
import { LineDisturbance } from '../../../../src/board/emulator/line-disturbance';
import { openMemoryPort } from '../../../../src/board/emulator/memory-transport';
import { VirtualBoard } from '../../../../src/board/emulator/virtual-board';
import { VirtualClock } from '../../../../src/board/emulator/virtual-clock';
import { encodeReply, encodeRequest, encodeUint32, ispStatus, ownStubOp, parseRequest, romOp, stubOp } from '../../../../src/board/isp/packet';
import { encodeSlip, SlipDecoder } from '../../../../src/board/isp/slip';
import { lineSequences, TestHost } from '../../../support/board/isp-client';
import { randomBytes } from '../../../support/board/stub-bench';

interface Bench {
  readonly board: VirtualBoard;
  readonly host: TestHost;
  readonly clock: VirtualClock;
}

async function withFaults(faults: readonly FaultInput[], check: (bench: Bench) => Promise<void>): Promise<void> {
  const clock = new VirtualClock();
  const board = new VirtualBoard({ clock, faults: faults.map(fault), loaded: 'own' });
  const port = await openMemoryPort(board);
  if (!board.has('no-lines')) await port.setLines({ dtr: false, rts: false });
  await check({ board, clock, host: new TestHost(port, clock) });
  board.dispose();
}

const greeting = { op: romOp.nop, address: 0 };
const nop = { op: stubOp.nop, address: 0 };

async function toStub({ board, host }: Bench): Promise<void> {
  board.pressBootAndReset();
  await host.ask({ op: romOp.boot, address: 0x80000000 });
}

test('faults are parsed from the words of the command line', () => {
  assert.deepEqual(parseFault('drop-byte:place=crc,op=D4,times=2'), { kind: 'drop-byte', direction: 'to-board', place: 'crc', op: 0xd4, times: 2, skip: 0 });
  assert.deepEqual(parseFault('error-reply:status=E2'), { kind: 'error-reply', status: 0xe2, times: 1, skip: 0 });
  assert.deepEqual(parseFault('jedec-ff'), { kind: 'jedec-ff' });
  for (const [text, hint] of [
    ['drop-bite', /Did you mean drop-byte/], ['nonsense', /Known are drop-byte/], ['drop-byte:place=tail', /place/], ['baud-limit', /baud/],
    ['jedec-ff:times=2', /times/], ['error-reply:status=99', /E1 to E7/], ['drop-byte:op=D', /two hexadecimal digits/],
  ] as const) {
    assert.throws(() => parseFault(text), (error: unknown) => error instanceof UserError && hint.test(`${error.message} ${error.action}`), text);
  }
});

test('every kind of fault can be named', () => {
  const needed: Record<string, string> = { 'error-reply': ':status=E5', 'baud-limit': ':baud=460800', unplug: ':during=erase', 'worn-cell': ':address=0x300000', 'bit-rot': ':address=4096' };
  assert.deepEqual(faultKinds.map((kind) => parseFault(`${kind}${needed[kind] ?? ''}`).kind), faultKinds);
});

test('a disturbed line hits the chosen place of the chosen frame, and nothing else', () => {
  const frames = [0xd2, 0xd4, 0xd4, 0xd4].map((op, i) => encodeSlip(encodeRequest({ op, address: 0xc0dbc0db, payload: randomBytes(50, i) })));
  for (const place of framePlaces) {
    const disturbed = new LineDisturbance([fault({ kind: 'drop-byte', place, op: 'D4', skip: 1 })], 'to-board');
    const passed = frames.map((frame) => disturbed.apply(frame));
    assert.deepEqual(passed.map((bytes, i) => (frames[i]?.length ?? 0) - bytes.length), [0, 0, 1, 0], place);
  }
  const flip = new LineDisturbance([fault({ kind: 'flip-bit', place: 'crc' })], 'to-board');
  const [damaged] = new SlipDecoder().push(flip.apply(frames[0] ?? new Uint8Array(0)));
  assert.deepEqual(damaged && [parseRequest(damaged)?.crcFits, parseRequest(damaged)?.address], [false, 0xc0dbc0db]);
});

test('a disturbance finds its place however the stream is cut', () => {
  const frame = encodeSlip(encodeRequest({ op: 0xd4, address: 0xdbc0, payload: randomBytes(30) }));
  const cut = fc.array(fc.integer({ min: 2, max: frame.length - 1 }), { maxLength: 4 });
  fc.assert(fc.property(cut, fc.constantFrom('header' as const, 'crc' as const, 'payload' as const, 'end' as const), (cuts, place) => {
    const whole = new LineDisturbance([fault({ kind: 'flip-bit', place })], 'to-board').apply(frame);
    const inPieces = new LineDisturbance([fault({ kind: 'flip-bit', place })], 'to-board');
    const edges = [0, ...cuts.sort((a, b) => a - b), frame.length];
    const pieces = edges.slice(1).flatMap((edge, i) => [...inPieces.apply(frame.subarray(edges[i], edge))]);
    assert.deepEqual(pieces, [...whole]);
  }));
});

test('replies have places too', () => {
  const frame = encodeSlip(encodeReply({ op: 0xd2, status: 0xe0, data: encodeUint32(7) }));
  const lost = new LineDisturbance([fault({ kind: 'burst-loss', direction: 'to-host', place: 'payload', bytes: 3 })], 'to-host');
  assert.deepEqual([...lost.apply(frame)], [0xc0, 0xd2, 0xe0, 0, 0xc0]);
  assert.deepEqual([...lost.apply(frame)], [...frame]);
  const doubled = new LineDisturbance([fault({ kind: 'duplicate-byte', direction: 'to-host', place: 'start' })], 'to-host');
  assert.deepEqual([...doubled.apply(frame)], [0xc0, ...frame]);
  assert.deepEqual(wireDirections.map((direction) => [...new LineDisturbance([], direction).apply(frame)]), [[...frame], [...frame]]);
});

test('replies come late, never, or as errors, as often as asked', () => withFaults([
  { kind: 'lose-reply', op: 'D2' }, { kind: 'error-reply', op: 'D2', status: 'E1' }, { kind: 'delay-reply', op: 'D2', skip: 0, ms: 3000 },
], async (bench) => {
  await toStub(bench);
  assert.deepEqual(await bench.host.statuses(nop), []);
  assert.deepEqual(await bench.host.statuses(nop), [ispStatus.badLength]);
  assert.deepEqual(await bench.host.statuses(nop, 2900), []);
  assert.deepEqual(await bench.host.statuses(nop, 200), [ispStatus.ok, ispStatus.ok]);
}));

test('debug frames and a boot log come between', () => withFaults([{ kind: 'debug-frames' }, { kind: 'boot-log-noise' }], async ({ board, host }) => {
  board.pressBootAndReset();
  assert.deepEqual((await host.ask(greeting)).map(({ op }) => op).filter((op) => op >= 0xc0), [stubOp.debug, romOp.nop]);
  assert.match(host.text(), /\[boot\][^]*\[boot\]/);
}));

test('without a wired BOOT line a reset starts the firmware, until a person helps', async () => {
  await withFaults([{ kind: 'never-isp' }], async ({ board, host }) => {
    await host.drive(lineSequences.dan.isp);
    assert.equal(board.state, 'firmware');
  });
  await withFaults([{ kind: 'manual-boot', ms: 2000 }], async ({ board, host, clock }) => {
    await host.drive(lineSequences.dan.isp);
    assert.equal(board.state, 'firmware');
    await clock.sleep(2000);
    assert.deepEqual(await host.statuses(greeting), [ispStatus.ok]);
  });
});

test('a stub may be silent or old', async () => {
  await withFaults([{ kind: 'stub-silent' }], async (bench) => {
    await toStub(bench);
    assert.deepEqual(await bench.host.statuses(nop), []);
  });
  await withFaults([{ kind: 'old-stub' }], async (bench) => {
    await toStub(bench);
    assert.deepEqual(await bench.host.statuses(nop), [ispStatus.ok]);
    assert.deepEqual(await bench.host.statuses({ op: ownStubOp.hello, address: 0 }), [ispStatus.invalidCommand]);
  });
});

test('an adapter passes garbage above its limit', () => withFaults([{ kind: 'baud-limit', baud: 460_800 }], async (bench) => {
  await toStub(bench);
  for (const [baudRate, statuses] of [[460_800, [ispStatus.ok]], [921_600, []]] as const) {
    assert.deepEqual(await bench.host.statuses({ op: stubOp.setBaudRate, address: 0, payload: encodeUint32(baudRate) }), [ispStatus.ok]);
    await bench.host.port.setBaudRate(baudRate);
    assert.deepEqual(await bench.host.statuses(nop), statuses);
  }
}));

test('the cable is pulled in the middle of a write, which leaves the block erased', () => withFaults([{ kind: 'unplug', during: 'program', nth: 2 }], async (bench) => {
  await toStub(bench);
  await bench.host.statuses({ op: stubOp.flashInit, address: 1 });
  const write = (address: number): Promise<number[]> => bench.host.statuses({ op: stubOp.flashWrite, address, payload: randomBytes(4096) }, 2000);
  assert.deepEqual(await write(0x1000), [ispStatus.ok]);
  assert.deepEqual(await write(0x2000), []);
  assert.equal(bench.board.activityCount('program'), 2);
  assert.ok(bench.board.flash.memory.subarray(0x2000, 0x3000).every((byte) => byte === 0xff));
  await assert.rejects(write(0x3000), /K2-PORT-LOST/);
}));

test('a worn cell fails the write, and rot comes after the acknowledgement', () => withFaults([
  { kind: 'worn-cell', address: 0x1005 }, { kind: 'bit-rot', address: '0x2007' },
], async (bench) => {
  const { board, host } = bench;
  await toStub(bench);
  await host.statuses({ op: stubOp.flashInit, address: 1 });
  const payload = new Uint8Array(4096).fill(0xa5);
  const write = (address: number): Promise<number[]> => host.statuses({ op: stubOp.flashWrite, address, payload }, 2000);
  assert.deepEqual(await write(0x2000), [ispStatus.ok]);
  assert.equal(board.flash.memory[0x2007], 0xa5);
  assert.deepEqual(await write(0x1000), [ispStatus.executionFailed]);
  assert.deepEqual([board.flash.memory[0x1005], board.flash.memory[0x1006], board.flash.memory[0x2007]], [0xa4, 0xa5, 0xa4]);
}));

test('ports that cannot be opened say why, and lines may be missing', async () => {
  for (const [kind, code] of [['port-busy', /K2-PORT-BUSY/], ['port-denied', /K2-PORT-DENIED/], ['port-missing', /K2-PORT-MISSING/]] as const) {
    const board = new VirtualBoard({ clock: new VirtualClock(), faults: [fault({ kind })] });
    await assert.rejects(openMemoryPort(board), code);
    board.dispose();
  }
  await withFaults([{ kind: 'no-lines' }], async ({ host }) => {
    assert.equal(await host.port.setLines({ dtr: true, rts: false }), 'unsupported');
  });
});
