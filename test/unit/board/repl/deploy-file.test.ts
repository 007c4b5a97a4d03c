import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { CancelledError } from '../../../../src/base/user-error';
import { BoardError } from '../../../../src/board/board-error';
import { fault } from '../../../../src/board/emulator/faults';
import { openReplBench, patternBytes, withBench, type ReplBench } from '../../../support/board/repl-bench';

/** The board answers at its prompt, at its own rate. */
async function assertUsable({ transport, clock }: ReplBench): Promise<void> {
  assert.equal(transport.baudRate, 115_200);
  let said = '';
  const listener = transport.onData((bytes) => (said += Buffer.from(bytes).toString('latin1')));
  await clock.sleep(1500);
  await transport.write(Buffer.from('\x03\x02'));
  await clock.sleep(300);
  said = '';
  await transport.write(Buffer.from('print(6*7)\r'));
  await clock.sleep(300);
  listener.dispose();
  assert.match(said, /\r\n42\r\n>>> $/);
}

test('a file of 200 KB goes to the card, is proved there, and is not sent twice', async () => {
  const content = patternBytes(200_000);
  await withBench(openReplBench(), async (bench) => {
    const done = await bench.deploy(content, { path: '/sd/models/data.bin' });
    assert.deepEqual(bench.firmware.card?.read('/models/data.bin'), content);
    assert.deepEqual({ unchanged: done.unchanged, bytes: done.bytes, sum: done.crc32, rate: done.baudRate, retries: done.retries }, { unchanged: false, bytes: 200_000, sum: crc32(content), rate: 1_500_000, retries: 0 });
    assert.deepEqual(bench.firmware.card?.paths, ['/models/data.bin']);
    const again = await bench.deploy(content, { path: '/sd/models/data.bin' });
    assert.equal(again.unchanged, true);
    await assertUsable(bench);
  });
});

test('the old file stays until the new one is proved, then makes room for it', async () => {
  await withBench(openReplBench({}, {}, ({ card }) => card?.put('/face.bin', Buffer.from('old'))), async (bench) => {
    const content = patternBytes(5000);
    await bench.deploy(content, { path: '/sd/face.bin' });
    assert.deepEqual(bench.firmware.card?.read('/face.bin'), content);
    assert.deepEqual(bench.firmware.card?.paths, ['/face.bin']);
  });
});

test('a transfer that was cancelled leaves the board usable and goes on where it stopped', async () => {
  const content = patternBytes(150_000);
  await withBench(openReplBench(), async (bench) => {
    const cancel = new AbortController();
    const progress = { report: ({ label, done }: { label: string; done: number }) => { if (label.startsWith('Sending') && done > 80_000) cancel.abort(); } };
    await assert.rejects(bench.deploy(content, { path: '/sd/data.bin', signal: cancel.signal, progress }), CancelledError);
    await assertUsable(bench);
    assert.equal(bench.firmware.card?.read('/data.bin'), undefined);
    const done = await bench.deploy(content, { path: '/sd/data.bin' });
    assert.ok(done.resumedAtBytes > 60_000, `resumed at ${done.resumedAtBytes}`);
    assert.deepEqual(bench.firmware.card?.read('/data.bin'), content);
  });
});

test('cancelled at any moment, the board is usable', async () => {
  const content = patternBytes(20_000);
  await withBench(openReplBench(), async (bench) => {
    for (const delayMs of [0, 50, 250, 450, 900, 1300, 2100]) {
      const cancel = new AbortController();
      void bench.clock.sleep(delayMs).then(() => cancel.abort());
      const outcome = await bench.deploy(content, { path: `/sd/c${delayMs}.bin`, signal: cancel.signal }).then(() => 'done', (error: unknown) => error);
      assert.ok(outcome === 'done' || outcome instanceof CancelledError, String(outcome));
      await assertUsable(bench);
    }
  });
});

const deafLoop = 'import micropython\nmicropython.kbd_intr(-1)\nwhile True:\n  pass\n';
const askingLoop = 'import os\nwhile True:\n  os.listdir("/sd")\n';
const patientLoop = 'import time\nwhile True:\n  time.sleep_ms(20)\n  print("tick")\n';

/** Every one ends with the file proved. */
const surviving: readonly { readonly name: string; readonly open: () => Promise<ReplBench>; readonly check?: (bench: ReplBench) => void }[] = [
  { name: 'a program runs that Ctrl+C stops', open: () => openReplBench({}, {}, ({ card }) => card?.put('/main.py', Buffer.from(patientLoop))) },
  { name: 'a program in a tight loop has switched Ctrl+C off', open: () => openReplBench({}, {}, ({ card }) => card?.put('/main.py', Buffer.from(deafLoop))) },
  { name: 'a program asks the card without end', open: () => openReplBench({}, {}, ({ card }) => card?.put('/main.py', Buffer.from(askingLoop))) },
  { name: 'the board is in IDE mode', open: () => openReplBench({}, {}, ({ flash }) => flash.put('/ide_mode.conf', Buffer.from(''))) },
  { name: 'the board is in IDE mode and has no control lines', open: () => openReplBench({}, { faults: [fault({ kind: 'no-lines' })] }, ({ flash }) => flash.put('/ide_mode.conf', Buffer.from(''))) },
  { name: 'the firmware logs lines in the middle of answers', open: () => openReplBench({ faults: [{ kind: 'log-in-answer', every: 3 }] }) },
  { name: 'the board loses bytes that it hears', open: () => openReplBench({ faults: [{ kind: 'lose-heard', every: 9001, times: 4 }] }) },
  { name: 'bytes that the board says are lost', open: () => openReplBench({ faults: [{ kind: 'lose-said', every: 701, times: 4 }] }) },
  { name: 'the board resets in the middle', open: () => openReplBench({ faults: [{ kind: 'reset-after', bytes: 30_000, times: 1 }] }) },
  { name: 'the board resets twice in the middle', open: () => openReplBench({ faults: [{ kind: 'reset-after', bytes: 20_000, times: 2 }] }) },
  { name: 'the card is mounted late', open: () => openReplBench({ faults: [{ kind: 'slow-mount', ms: 2500 }] }, {}, ({ flash }) => flash.put('/main.py', Buffer.from(deafLoop))) },
  { name: 'the firmware cannot change its rate', open: () => openReplBench({ faults: [{ kind: 'no-repl-uart' }] }), check: ({ transport }) => assert.equal(transport.baudRate, 115_200) },
  { name: 'the adapter cannot carry the fast rate', open: () => openReplBench({}, { faults: [fault({ kind: 'baud-limit', baud: 230_400 })] }) },
];

for (const { name, open, check } of surviving) {
  test(`a file arrives whole although ${name}`, async () => {
    const content = patternBytes(60_000);
    await withBench(open(), async (bench) => {
      await bench.clock.sleep(3000);
      await bench.deploy(content, { path: '/sd/data.bin' });
      assert.deepEqual(bench.firmware.card?.read('/data.bin'), content);
      assert.ok(!bench.firmware.card?.paths.some((path) => path.endsWith('.part')));
      check?.(bench);
    });
  });
}

const failing: readonly { readonly name: string; readonly code: string; readonly open: () => Promise<ReplBench>; readonly path?: string }[] = [
  { name: 'there is no card', code: 'K2-REPL-NOSD', open: () => openReplBench({ card: 'absent' }) },
  { name: 'the card is read-only', code: 'K2-REPL-READONLY', open: () => openReplBench({ card: 'read-only' }) },
  { name: 'the card is too full', code: 'K2-REPL-SPACE', open: () => openReplBench({ cardBytes: 40_960 }) },
  { name: '/flash is too full', code: 'K2-REPL-SPACE', path: '/flash/data.bin', open: () => openReplBench({}, {}, ({ flash }) => flash.put('/big', new Uint8Array(3_100_000))) },
  { name: 'the firmware is not MicroPython', code: 'K2-REPL-NONE', open: () => openReplBench({}, { firmware: { name: 'mute', start: () => ({ receive: () => undefined }) } }) },
  { name: 'the board resets again and again', code: 'K2-REPL-NONE', open: () => openReplBench({ faults: [{ kind: 'reset-after', bytes: 9000, times: 100 }] }) },
  { name: 'the line is hopeless', code: 'K2-REPL', open: () => openReplBench({ faults: [{ kind: 'lose-heard', every: 211, times: 1_000_000 }] }) },
];

for (const { name, code, open, path = '/sd/data.bin' } of failing) {
  test(`${code}: ${name}`, async () => {
    await withBench(open(), async (bench) => {
      await bench.clock.sleep(3000);
      await assert.rejects(bench.deploy(patternBytes(60_000), { path }), (error: unknown) => {
        assert.ok(error instanceof BoardError, String(error));
        assert.ok(error.code.startsWith(code), error.message);
        return true;
      });
      assert.equal(bench.transport.baudRate, 115_200);
      assert.ok(!bench.firmware.card?.paths.includes('/data.bin'));
    });
  });
}

test('the card fills up in the middle: the half file is removed', async () => {
  await withBench(openReplBench({ cardBytes: 128 * 1024 }, {}, ({ card }) => card?.put('/data.bin.part', patternBytes(40_960))), async (bench) => {
    const content = patternBytes(140_000);
    await assert.rejects(bench.deploy(content, { path: '/sd/data.bin' }), { code: 'K2-REPL-SPACE' });
  });
});

test('/flash is warned about and used when wished', async () => {
  await withBench(openReplBench(), async (bench) => {
    const content = patternBytes(10_000);
    await bench.deploy(content, { path: '/flash/data.bin' });
    assert.deepEqual(bench.firmware.flash.read('/data.bin'), content);
    assert.match(bench.notices.join(' '), /SD card/);
  });
});

test('a port that is lost says so, and the next transfer goes on', async () => {
  const content = patternBytes(120_000);
  await withBench(openReplBench(), async (bench) => {
    const progress = { report: ({ label, done }: { label: string; done: number }) => { if (label.startsWith('Sending') && done > 70_000) bench.board.unplug(); } };
    await assert.rejects(bench.deploy(content, { path: '/sd/data.bin', progress }), { code: 'K2-PORT-LOST' });
    assert.equal(bench.firmware.card?.read('/data.bin'), undefined);
  });
});
