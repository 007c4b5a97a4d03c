import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BoardMonitor, type MonitorLine, type MonitorState } from '../../../../src/board/monitor/board-monitor';
import { PortOwners } from '../../../../src/board/port/port-owners';
import type { PortLoss, Transport } from '../../../../src/board/port/transport';
import { systemClock } from '../../../../src/board/system-clock';

let folder = '';
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'board-monitor-'));
});
after(() => rm(folder, { recursive: true, force: true }));

/** A line that a test speaks on. */
class ScriptedTransport implements Transport {
  readonly path = 'scripted';
  readonly baudRate = 115_200;
  readonly sent: string[] = [];
  closed = false;
  private readonly data = new Set<(bytes: Uint8Array) => void>();
  private readonly losses = new Set<(loss: PortLoss) => void>();

  say(text: string): void {
    this.data.forEach((listener) => listener(Buffer.from(text)));
  }
  lose(): void {
    this.losses.forEach((listener) => listener({ kind: 'unplugged', reason: 'pulled' }));
  }
  write(bytes: Uint8Array): Promise<void> {
    this.sent.push(Buffer.from(bytes).toString());
    return Promise.resolve();
  }
  onData(listener: (bytes: Uint8Array) => void): { dispose(): void } {
    this.data.add(listener);
    return { dispose: () => this.data.delete(listener) };
  }
  onLoss(listener: (loss: PortLoss) => void): { dispose(): void } {
    this.losses.add(listener);
    return { dispose: () => this.losses.delete(listener) };
  }
  setBaudRate(): Promise<void> {
    return Promise.resolve();
  }
  setLines(): Promise<'unsupported'> {
    return Promise.resolve('unsupported');
  }
  discardInput(): Promise<void> {
    return Promise.resolve();
  }
  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}

function openMonitor(port: string): { owners: PortOwners; lines: MonitorLine[]; states: MonitorState[]; opened: ScriptedTransport[]; monitor: BoardMonitor; stop: AbortController; ended: Promise<void> } {
  const owners = new PortOwners(folder);
  const lines: MonitorLine[] = [];
  const states: MonitorState[] = [];
  const opened: ScriptedTransport[] = [];
  const stop = new AbortController();
  const monitor = new BoardMonitor(path.join(folder, port), {
    owners, clock: systemClock, now: () => new Date(0),
    open: () => {
      const transport = new ScriptedTransport();
      opened.push(transport);
      return Promise.resolve(transport);
    },
    onLine: (line) => lines.push(line), onState: (state) => states.push(state),
  });
  return { owners, lines, states, opened, monitor, stop, ended: monitor.run(stop.signal) };
}

async function until(what: string, condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries > 10_000) assert.fail(`${what} did not happen`);
    await sleep(10);
  }
}

test('lines come with their time, a prompt comes though it has no end, and what is typed goes out', async () => {
  const { lines, opened, monitor, stop, ended } = openMonitor('a');
  await until('opening', () => opened.length === 1);
  opened[0]?.say('hello\r\n>>> ');
  await until('the prompt', () => lines.length === 2);
  await monitor.send('print(1)');
  stop.abort();
  await ended;
  assert.deepEqual(lines, [{ text: 'hello', at: new Date(0) }, { text: '>>> ', at: new Date(0) }]);
  assert.deepEqual(opened[0]?.sent, ['print(1)\r\n']);
  assert.equal(opened[0]?.closed, true);
  await assert.rejects(monitor.send('late'), { code: 'K2-PORT-LOST' });
});

test('the port is lent to a deploy and taken again afterwards', async () => {
  const { owners, lines, states, opened, stop, ended } = openMonitor('b');
  await until('opening', () => opened.length === 1);
  const claim = await owners.claim(path.join(folder, 'b'), { purpose: 'a deploy', waitMs: 60_000 });
  assert.equal(opened[0]?.closed, true, 'the port was free for the deploy');
  await sleep(500);
  assert.equal(opened.length, 1, 'the monitor waits');
  await claim.release();
  await until('opening again', () => opened.length === 2);
  opened[1]?.say('after\n');
  stop.abort();
  await ended;
  assert.deepEqual(lines.map(({ text }) => text), ['after']);
  assert.deepEqual(states.map(({ kind }) => kind), ['open', 'lent', 'open']);
});

test('a board that was unplugged is waited for', async () => {
  const { states, opened, stop, ended } = openMonitor('c');
  await until('opening', () => opened.length === 1);
  opened[0]?.lose();
  await until('opening again', () => opened.length === 2);
  stop.abort();
  await ended;
  assert.deepEqual(states.map(({ kind }) => kind), ['open', 'away', 'open']);
});

test('a port that somebody holds is refused at the start', async () => {
  const owners = new PortOwners(folder);
  const claim = await owners.claim(path.join(folder, 'd'), { purpose: 'a deploy' });
  const monitor = new BoardMonitor(path.join(folder, 'd'), { owners, clock: systemClock, open: () => assert.fail('not its turn'), onLine: () => undefined, onState: () => undefined });
  await assert.rejects(monitor.run(new AbortController().signal), { code: 'K2-PORT-BUSY' });
  await claim.release();
});
