import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { crc32 } from '../../../../src/base/crc32';
import { productRoot } from '../../../../src/base/product';
import { encodeRequest, encodeUint32, ispStatus, ownStubOp, stubOp } from '../../../../src/board/isp/packet';
import { encodeSlip } from '../../../../src/board/isp/slip';
import { parseStubHello } from '../../../../src/board/isp/stub-hello';
import { uniqueId } from '../../../../src/board/emulator/nor-flash';
import { flashIdentityOp, isStubImage, readStubImage, stubFacts, stubFile } from '../../../../src/board/stub/stub-image';
import { ask, machineCodeBench, modelBench, randomBytes, repliesIn, type BenchFlash, type StubBench } from '../../../support/board/stub-bench';
import { crystalClocks } from '../../../support/riscv/k210-devices';
import { K210Machine } from '../../../support/riscv/k210-machine';
import { NorFlash } from '../../../../src/board/emulator/nor-flash';

const code = readFileSync(stubFile());
const sector = 4096;
const block = 65_536;

/** Every behaviour is asked of the machine code and of the model, so that the model cannot drift. */
const benches: readonly (readonly [string, (flash: BenchFlash) => Promise<StubBench>])[] = [
  ['machine code', (flash) => Promise.resolve(machineCodeBench(code, flash))],
  ['model', modelBench],
];

function both(name: string, flash: BenchFlash, check: (bench: StubBench) => Promise<void>): void {
  for (const [kind, make] of benches) test(`${name} (${kind})`, async () => check(await make(flash)));
}

async function started(bench: StubBench): Promise<void> {
  assert.deepEqual(await ask(bench, { op: stubOp.flashInit, address: 1 }), [{ op: stubOp.flashInit, status: ispStatus.ok, data: Uint8Array.of(0xef, 0x40, 24) }]);
}

async function expectStatus(bench: StubBench, request: Parameters<typeof ask>[1], status: number): Promise<void> {
  assert.deepEqual((await ask(bench, request)).map((reply) => [reply.op, reply.status]), [[request.op & 0xff, status]]);
}

test('the stub in the package is the recorded one', async () => {
  assert.ok(isStubImage(code));
  assert.deepEqual(await readStubImage(), code);
  assert.ok(!isStubImage(code.subarray(1)));
});

test('the sources give the same bytes again', (context) => {
  const compiler = spawnSync('riscv64-unknown-elf-gcc', ['-dumpfullversion'], { encoding: 'utf8' });
  if (compiler.status !== 0) return context.skip('There is no riscv64-unknown-elf-gcc.');
  if (!stubFacts.compiler.endsWith(` ${compiler.stdout.trim()}`)) return context.skip(`The stub was built with ${stubFacts.compiler}, here is ${compiler.stdout.trim()}.`);
  const built = spawnSync(process.execPath, [path.join('scripts', 'build-stub.mjs'), '--check'], { cwd: productRoot(), encoding: 'utf8', timeout: 300_000 });
  assert.equal(built.status, 0, built.stderr);
});

both('a stub says who it is', {}, async (bench) => {
  const [reply] = await ask(bench, { op: ownStubOp.hello, address: 0 });
  assert.deepEqual(reply && parseStubHello(reply.data), { version: stubFacts.protocolVersion, payloadLimitBytes: block, apb0Hz: 195_000_000, aclkHz: 390_000_000 });
});

both('requests of nothing are answered, and unknown ones refused', {}, async (bench) => {
  await expectStatus(bench, { op: stubOp.nop, address: 0 }, ispStatus.ok);
  await expectStatus(bench, { op: 0xc2, address: 0 }, ispStatus.invalidCommand);
  await expectStatus(bench, { op: 0x1d2, address: 0 }, ispStatus.invalidCommand);
});

both('the flash is used only after it was found', {}, async (bench) => {
  for (const op of [stubOp.erase, stubOp.flashWrite, ownStubOp.flashRead, ownStubOp.flashCrc, flashIdentityOp]) await expectStatus(bench, { op, address: 0 }, ispStatus.invalidCommand);
  await started(bench);
  const [identity] = await ask(bench, { op: flashIdentityOp, address: 0 });
  assert.deepEqual(identity?.data, Uint8Array.of(0xef, 0x40, 24, ...uniqueId, 0));
});

both('a missing flash is told from a silent one', { isAbsent: true }, async (bench) => {
  await expectStatus(bench, { op: stubOp.flashInit, address: 1 }, ispStatus.badInitialization);
  await expectStatus(bench, { op: ownStubOp.flashCrc, address: 0, length: 16 }, ispStatus.invalidCommand);
});

both('a sector is written, nothing beside it changes, and the acknowledgement is its CRC', { content: randomBytes(3 * sector, 7) }, async (bench) => {
  await started(bench);
  const before = bench.flash.memory.slice(0, 3 * sector);
  const payload = randomBytes(sector);
  assert.deepEqual(await ask(bench, { op: stubOp.flashWrite, address: sector, payload }), [{ op: stubOp.flashWrite, status: ispStatus.ok, data: encodeUint32(crc32(payload)) }]);
  before.set(payload, sector);
  assert.deepEqual(bench.flash.memory.subarray(0, 3 * sector), before);
});

both('12 KiB across the border of a block', { content: randomBytes(2 * block, 3) }, async (bench) => {
  await started(bench);
  const before = bench.flash.memory.slice(0, 2 * block);
  const payload = randomBytes(3 * sector, 5);
  payload.fill(0xff, 100, 400);
  await expectStatus(bench, { op: stubOp.flashWrite, address: block - sector, payload }, ispStatus.ok);
  before.set(payload, block - sector);
  assert.ok(Buffer.from(bench.flash.memory.buffer, 0, 2 * block).equals(before));
});

both('a whole block is written, checked and read back', { content: randomBytes(3 * block, 3) }, async (bench) => {
  await started(bench);
  const payload = randomBytes(block, 9);
  await expectStatus(bench, { op: stubOp.flashWrite, address: block, payload }, ispStatus.ok);
  assert.ok(Buffer.from(bench.flash.memory.buffer, block, block).equals(payload));
  const [crc] = await ask(bench, { op: ownStubOp.flashCrc, address: block - 7, length: block + 14 });
  assert.deepEqual(crc?.data, encodeUint32(crc32(bench.flash.memory.subarray(block - 7, 2 * block + 7))));
  const [read] = await ask(bench, { op: ownStubOp.flashRead, address: block + 5, length: 1000 });
  const expected = payload.subarray(5, 1005);
  assert.deepEqual(read?.data, Uint8Array.of(...encodeUint32(crc32(expected)), ...expected));
});

both('an erase takes its length from the header and proves itself', { content: randomBytes(4 * sector, 2) }, async (bench) => {
  await started(bench);
  const before = bench.flash.memory.slice(0, 4 * sector);
  const [reply] = await ask(bench, { op: stubOp.erase, address: sector, length: 2 * sector });
  assert.deepEqual(reply, { op: stubOp.erase, status: ispStatus.ok, data: encodeUint32(crc32(new Uint8Array(2 * sector).fill(0xff))) });
  before.fill(0xff, sector, 3 * sector);
  assert.deepEqual(bench.flash.memory.subarray(0, 4 * sector), before);
  await expectStatus(bench, { op: stubOp.erase, address: 0, length: 0xffffffee }, ispStatus.badLength);
});

both('a protected flash is a failure, with what it holds and its status register', { content: randomBytes(sector, 4), isProtected: true }, async (bench) => {
  await started(bench);
  const held = encodeUint32(crc32(randomBytes(sector, 4)));
  const [reply] = await ask(bench, { op: stubOp.flashWrite, address: 0, payload: randomBytes(sector, 6) });
  assert.deepEqual(reply, { op: stubOp.flashWrite, status: ispStatus.executionFailed, data: Uint8Array.of(...held, 0x1c) });
});

both('a damaged request touches nothing', { content: randomBytes(sector, 4) }, async (bench) => {
  await started(bench);
  const packet = encodeRequest({ op: stubOp.flashWrite, address: 0, payload: randomBytes(sector, 6) });
  packet[1000] = (packet[1000] ?? 0) ^ 1;
  assert.deepEqual(repliesIn(await bench.exchange(encodeSlip(packet))).map(({ status }) => status), [ispStatus.badChecksum]);
  assert.deepEqual(bench.flash.memory.subarray(0, sector), randomBytes(sector, 4));
});

both('wrong places and lengths are refused', {}, async (bench) => {
  await started(bench);
  const end = bench.flash.memory.length;
  const payload = randomBytes(sector);
  const { changeCount } = bench.flash;
  for (const request of [
    { op: stubOp.flashWrite, address: 1, payload },
    { op: stubOp.flashWrite, address: 0, payload: payload.subarray(1) },
    { op: stubOp.flashWrite, address: 0, payload, length: 2 * sector },
    { op: stubOp.flashWrite, address: 0, payload: new Uint8Array(0) },
    { op: stubOp.flashWrite, address: end, payload },
    { op: stubOp.flashWrite, address: 0xfffff000, payload },
    { op: stubOp.erase, address: end - sector, length: 2 * sector },
    { op: ownStubOp.flashRead, address: 0, length: block + 1 },
    { op: ownStubOp.flashCrc, address: 1, length: end },
    { op: stubOp.setBaudRate, address: 0, payload: payload.subarray(0, 3) },
  ]) await expectStatus(bench, request, ispStatus.badLength);
  assert.equal(bench.flash.changeCount, changeCount);
});

both('noise, doubled delimiters, broken escapes and short frames cost no request', {}, async (bench) => {
  const nop = encodeSlip(encodeRequest({ op: stubOp.nop, address: 0 }));
  const broken = Uint8Array.of(0xc0, 0xd2, 0xdb, 0x00, 1, 2, 3);
  for (const before of [randomBytes(40, 3).map((byte) => byte & 0x7f), Uint8Array.of(0xc0, 0xc0, 0xc0), broken, Uint8Array.of(0xc0, 0xd2, 0, 0xc0), Uint8Array.of(0xc0, 0xdb)]) {
    assert.deepEqual(repliesIn(await bench.exchange(Uint8Array.of(...before, ...nop))).map(({ status }) => status), [ispStatus.ok]);
  }
});

both('a frame that is too long is dropped', {}, async (bench) => {
  assert.deepEqual(repliesIn(await bench.exchange(encodeSlip(new Uint8Array(block + 17).fill(1)))), []);
  await expectStatus(bench, { op: stubOp.nop, address: 0 }, ispStatus.ok);
});

both('a link test looks at nothing but the CRC', {}, async (bench) => {
  await expectStatus(bench, { op: ownStubOp.linkTest, address: 0x12345678, payload: randomBytes(1024) }, ispStatus.ok);
  const packet = encodeRequest({ op: ownStubOp.linkTest, address: 0, payload: randomBytes(1024) });
  packet[500] = (packet[500] ?? 0) ^ 0x80;
  assert.deepEqual(repliesIn(await bench.exchange(encodeSlip(packet))).map(({ status }) => status), [ispStatus.badChecksum]);
});

both('the rate changes after the reply, and only to what the divider reaches', {}, async (bench) => {
  assert.ok(Math.abs(bench.baudRate() - 115_200) < 1200);
  await expectStatus(bench, { op: stubOp.setBaudRate, address: 0, payload: encodeUint32(0) }, ispStatus.badLength);
  await expectStatus(bench, { op: stubOp.setBaudRate, address: 0, payload: encodeUint32(13_000_000) }, ispStatus.badLength);
  await expectStatus(bench, { op: stubOp.setBaudRate, address: 0, payload: encodeUint32(1_500_000) }, ispStatus.ok);
  assert.ok(Math.abs(bench.baudRate() - 1_500_000) < 15_000);
  await expectStatus(bench, { op: stubOp.nop, address: 0 }, ispStatus.ok);
});

test('at the crystal alone the stub keeps up with the highest rate that it takes', async () => {
  const bench = machineCodeBench(code, {}, { clocks: crystalClocks, pace: 'timed' });
  await started(bench);
  await expectStatus(bench, { op: stubOp.setBaudRate, address: 0, payload: encodeUint32(1_625_000) }, ispStatus.ok);
  await expectStatus(bench, { op: stubOp.setBaudRate, address: 0, payload: encodeUint32(1_700_000) }, ispStatus.badLength);
  await expectStatus(bench, { op: stubOp.flashWrite, address: 0, payload: randomBytes(2 * sector) }, ispStatus.ok);
  assert.equal(bench.machine.uart.overflowCount, 0);
});

test('a reboot is acknowledged before the chip resets', () => {
  const machine = new K210Machine({ code, flash: new NorFlash() });
  machine.runUntilIdle();
  const sent = machine.exchange(encodeSlip(encodeRequest({ op: stubOp.reboot, address: 0 })));
  assert.deepEqual(repliesIn(sent).map(({ op, status }) => [op, status]), [[stubOp.reboot, ispStatus.ok]]);
  assert.ok(machine.wasReset);
});

test('the second hart stays out of the way', () => {
  const machine = new K210Machine({ code, flash: new NorFlash(), hartId: 1 });
  for (let i = 0; i < 10; i++) assert.ok(machine.processor.run(1000) < 10);
});
