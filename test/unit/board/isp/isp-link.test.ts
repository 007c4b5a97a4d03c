import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CancelledError } from '../../../../src/base/user-error';
import { BoardError } from '../../../../src/board/board-error';
import { VirtualClock } from '../../../../src/board/emulator/virtual-clock';
import { IspLink } from '../../../../src/board/isp/isp-link';
import { encodeReply, ispStatus, ownStubOp, parseRequest, stubOp, type ReceivedRequest } from '../../../../src/board/isp/packet';
import { SlipDecoder, encodeSlip } from '../../../../src/board/isp/slip';
import { askStub } from '../../../../src/board/isp/stub-request';
import { ScriptedTransport } from '../../../support/board/scripted-transport';

interface Scene {
  readonly clock: VirtualClock;
  readonly transport: ScriptedTransport;
  readonly link: IspLink;
}

/** A board that answers as `answer` says: the data and the delay of each reply, or nothing. Replies come in the order of requests. */
function scene(answer: (request: ReceivedRequest, count: number) => { readonly data?: Uint8Array; readonly delayMs?: number } | undefined, signal?: AbortSignal): Scene {
  const clock = new VirtualClock();
  const decoder = new SlipDecoder();
  let count = 0;
  let freeMs = 0;
  const transport: ScriptedTransport = new ScriptedTransport((bytes) => {
    for (const frame of decoder.push(bytes)) {
      const request = parseRequest(frame);
      const reply = request && answer(request, count++);
      if (!request || !reply) continue;
      freeMs = Math.max(freeMs, clock.nowMs() + (reply.delayMs ?? 1));
      void clock.sleep(freeMs - clock.nowMs()).then(() => transport.say(encodeSlip(encodeReply({ op: request.op, status: ispStatus.ok, data: reply.data ?? new Uint8Array(0) }))));
    }
  });
  return { clock, transport, link: new IspLink(transport, clock, signal) };
}

const crcRequest = (address: number): { op: number; address: number; length: number } => ({ op: ownStubOp.flashCrc, address, length: 65536 });

test('a request without an answer takes its time limit and no longer', async () => {
  const { clock, link } = scene(() => undefined);
  assert.equal(await link.exchange({ op: stubOp.nop, address: 0 }, { timeoutMs: 500 }), undefined);
  assert.ok(clock.nowMs() >= 500 && clock.nowMs() < 510);
});

test('debug frames and noise before the answer are passed over and kept', async () => {
  const { link, transport } = scene(() => ({ delayMs: 50 }));
  const waiting = link.exchange({ op: stubOp.nop, address: 0 }, { timeoutMs: 500 });
  transport.say('noise');
  transport.say(encodeSlip(encodeReply({ op: stubOp.debug, status: ispStatus.ok, data: Buffer.from('Reboot!!!') })));
  transport.say(encodeSlip(encodeReply({ op: stubOp.flashWrite, status: ispStatus.ok, data: new Uint8Array(4) })));
  assert.equal((await waiting)?.status, ispStatus.ok);
  assert.deepEqual(link.debugLines, ['Reboot!!!']);
  assert.match(Buffer.from(link.garbage.bytes()).toString('latin1'), /noise/u);
});

test('the late answer for one block never passes for that of the next', async () => {
  const { link } = scene(({ op, address }, count) => (op === ownStubOp.flashCrc ? { data: Uint8Array.of(address & 0xff), delayMs: count === 0 ? 1300 : 1 } : {}));
  const options = { timeoutMs: 1000, attempts: 4 };
  for (const address of [1, 2, 3]) {
    const { ok, reply } = await askStub(link, crcRequest(address), options);
    assert.deepEqual([ok, reply?.data[0]], [true, address]);
  }
});

test('a board that answers everything a second late gives no wrong answer', async () => {
  const { link } = scene(({ op, address }) => (op === ownStubOp.flashCrc ? { data: Uint8Array.of(address & 0xff), delayMs: 1100 } : { delayMs: 1100 }));
  for (const address of [1, 2, 3]) {
    const { ok, reply } = await askStub(link, crcRequest(address), { timeoutMs: 1000, attempts: 3 });
    assert.ok(!ok || reply?.data[0] === address);
  }
});

test('a lost port and a cancel end every wait at once', async () => {
  const { link, transport, clock } = scene(() => undefined);
  const waiting = link.exchange({ op: stubOp.nop, address: 0 }, { timeoutMs: 60_000 });
  transport.lose();
  await assert.rejects(waiting, (error: unknown) => error instanceof BoardError && error.code === 'K2-PORT-LOST');
  assert.ok(clock.nowMs() < 60_000);
  const abort = new AbortController();
  const second = scene(() => undefined, abort.signal);
  const pending = second.link.exchange({ op: stubOp.nop, address: 0 }, { timeoutMs: 60_000 });
  abort.abort();
  await assert.rejects(pending, CancelledError);
});

test('after the cancel the board can still be brought back', async () => {
  const abort = new AbortController();
  const { link } = scene(() => ({}), abort.signal);
  abort.abort();
  await assert.rejects(link.exchange({ op: stubOp.nop, address: 0 }, { timeoutMs: 100 }), CancelledError);
  const reply = await link.withoutCancel(() => link.exchange({ op: stubOp.nop, address: 0 }, { timeoutMs: 100 }));
  assert.equal(reply?.status, ispStatus.ok);
  await assert.rejects(link.exchange({ op: stubOp.nop, address: 0 }, { timeoutMs: 100 }), CancelledError);
});

test('a large request goes in pieces, and each is told', async () => {
  const sizes: number[] = [];
  const { link } = scene(() => ({}));
  await link.exchange({ op: stubOp.flashWrite, address: 0, payload: new Uint8Array(10_000) }, { timeoutMs: 100, onSent: (bytes) => sizes.push(bytes) });
  assert.deepEqual(sizes, [4096, 4096, 10_018 - 8192]);
});
