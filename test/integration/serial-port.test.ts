import assert from 'node:assert/strict';
import { closeSync, constants, createReadStream, openSync, writeSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { ReadStream } from 'node:tty';
import { PseudoTerminal, openTerminalPair } from '../../src/board/emulator/pseudo-terminal';
import { SerialPortTransport } from '../../src/board/port/serial-port-transport';
import { randomBytes } from '../support/board/stub-bench';

const skip = process.platform === 'win32' ? 'Windows has no pseudo-terminals.' : false;

test('a write that waits for room goes on after bytes came in meanwhile', { skip }, async () => {
  const { master, path, held } = openTerminalPair();
  const transport = await SerialPortTransport.open(path, 1_500_000);
  const bytes = randomBytes(1 << 20, 1);
  const heard = new Promise<void>((resolve) => transport.onData(() => resolve()));
  const written = transport.write(bytes);
  // Nobody reads on the other side: the system's buffers are full by now.
  await delay(300);
  writeSync(master, 'K');
  await heard;
  // The library is back at waiting for the next byte.
  await delay(100);
  const stream = new ReadStream(master);
  const received: Buffer[] = [];
  const all = new Promise<void>((resolve) => stream.on('data', (piece: Buffer) => {
    received.push(piece);
    if (Buffer.concat(received).length === bytes.length) resolve();
  }));
  await written;
  await all;
  assert.ok(Buffer.concat(received).equals(bytes));
  await transport.close();
  stream.destroy();
  closeSync(held);
});

test('a port can be opened again as soon as it is closed, in the middle of reading and writing', { skip }, async () => {
  const terminal = PseudoTerminal.open(() => undefined);
  const noise = randomBytes(2048, 2);
  const chatter = setInterval(() => terminal.send(noise), 1);
  for (let round = 0; round < 200; round++) {
    const transport = await SerialPortTransport.open(terminal.path, 115_200);
    const abort = new AbortController();
    const written = transport.write(randomBytes(20_000, round), abort.signal).catch(() => undefined);
    await delay(round % 4);
    abort.abort();
    await written;
    await transport.close();
  }
  clearInterval(chatter);
  terminal.dispose();
});

test('a virtual board goes on while nobody reads what it says, and its reader gets all that fits', { skip }, async () => {
  const terminal = PseudoTerminal.open(() => undefined);
  const said = randomBytes(200_000, 3);
  for (let offset = 0; offset < said.length; offset += 1000) terminal.send(said.subarray(offset, offset + 1000));
  // It must not become the terminal of this process, which would be ended with it.
  const reader = createReadStream('', { fd: openSync(terminal.path, constants.O_RDONLY | constants.O_NOCTTY) });
  const heard: Buffer[] = [];
  for await (const piece of reader as AsyncIterable<Buffer>) {
    heard.push(piece);
    if (Buffer.concat(heard).length >= said.length) break;
  }
  assert.ok(Buffer.concat(heard).equals(said));
  terminal.dispose();
});
