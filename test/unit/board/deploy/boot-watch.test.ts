import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CancelledError } from '../../../../src/base/user-error';
import { BootWatch, type BootOutcome } from '../../../../src/board/deploy/boot-watch';
import { VirtualClock } from '../../../../src/board/emulator/virtual-clock';
import { ScriptedTransport } from '../../../support/board/scripted-transport';

const limitMs = 20_000;

/** Says each text at its moment and gives what the watch makes of it, and when. */
async function watched(script: readonly (readonly [number, string])[]): Promise<BootOutcome & { readonly ms: number }> {
  const clock = new VirtualClock();
  const transport = new ScriptedTransport();
  const watch = new BootWatch(transport, clock);
  const end = new AbortController();
  for (const [ms, text] of script) void clock.sleep(ms, end.signal).then(() => transport.say(text), () => undefined);
  watch.start();
  const outcome = await watch.outcome(limitMs);
  const ms = clock.nowMs();
  end.abort();
  watch.dispose();
  return { ...outcome, ms };
}

test('the proof line ends the wait, also in pieces and with other lines around it', async () => {
  const { kind, loadMs } = await watched([[300, '[MaixPy] init end\r\n'], [4000, '{"k2":"rea'], [4100, 'dy","ms":812}\r\nmore']]);
  assert.deepEqual([kind, loadMs], ['ready', 812]);
});

test('a traceback is a program that did not load its model', async () => {
  const { kind, said } = await watched([[300, 'MaixPy\r\n'], [900, 'Traceback (most recent call last):\r\n  File "main.py", line 3\r\nMemoryError: out\r\n']]);
  assert.equal(kind, 'failed');
  assert.match(said, /MemoryError/u);
});

test('a prompt means that no program runs, and is known soon', async () => {
  const { kind, ms } = await watched([[500, 'MicroPython v1.11\r\nType "help()"\r\n>>> ']]);
  assert.equal(kind, 'prompt');
  assert.ok(ms <= 1500);
});

test('a board without a word is not waited for long, and another firmware not to the end', async () => {
  const silent = await watched([]);
  assert.deepEqual([silent.kind, silent.said], ['silent', '']);
  assert.ok(silent.ms <= 5000);
  const chatter = await watched(Array.from({ length: 100 }, (_, index) => [100 + 200 * index, 'tick\r\n'] as const));
  assert.equal(chatter.kind, 'silent');
  assert.ok(chatter.ms <= 3000);
});

test('MicroPython that works on something is waited for to the end', async () => {
  const busy = await watched([[100, '[MaixPy] init end\r\n'], ...Array.from({ length: 30 }, (_, index) => [1000 * index, 'loading\r\n'] as const)]);
  assert.deepEqual([busy.kind, busy.ms], ['silent', limitMs]);
});

test('a cancel ends the wait', async () => {
  const clock = new VirtualClock('manual');
  const watch = new BootWatch(new ScriptedTransport(), clock);
  const abort = new AbortController();
  const waiting = watch.outcome(limitMs, abort.signal);
  abort.abort();
  await assert.rejects(waiting, CancelledError);
  watch.dispose();
});
