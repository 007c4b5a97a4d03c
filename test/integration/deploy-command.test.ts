import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test, type TestContext } from 'node:test';
import { zipSync } from 'fflate';
import { BoardError } from '../../src/board/board-error';
import { factoryImage } from '../../src/board/emulator/boot-image';
import { SerialPortTransport } from '../../src/board/port/serial-port-transport';
import { runCli, startCli, type CliResult } from '../support/cli';
import { modelBytes } from '../support/board/deploy-trial';
import { startEmulatedBoard, type EmulatedBoard } from '../support/board/emulated-board';

const folder = mkdtempSync(path.join(tmpdir(), 'board-deploy-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const environment = { MOBILEFACENET_BOARD_HOME: path.join(folder, 'home') };
const options = { skip: process.platform === 'win32' ? 'Windows has no pseudo-terminals' : false };

/** Some blocks of 64 KiB, and far from all of 600 KB. */
const someBytes = 2 << 16;
const place = 0x300000;
const flashBytes = 1 << 24;

interface Scene {
  readonly board: EmulatedBoard;
  readonly port: string;
  /** Stops the board and gives its flash. */
  flash(): Promise<Buffer>;
}

async function scene(t: TestContext, name: string, ...args: readonly string[]): Promise<Scene> {
  const port = path.join(folder, `${name}.port`);
  const flashFile = path.join(folder, `${name}.flash`);
  const board = await startEmulatedBoard(['--link', port, '--flash', flashFile, ...args]);
  t.after(() => board.kill());
  return {
    board, port,
    flash: async () => {
      assert.equal(await board.stop(), 0, board.log());
      return readFileSync(flashFile);
    },
  };
}

function modelFile(name: string, length: number, seed = 1): { file: string; bytes: Buffer } {
  const bytes = Buffer.from(modelBytes(length, seed));
  bytes.set([3, 0, 0, 0]);
  const file = path.join(folder, name);
  writeFileSync(file, bytes);
  return { file, bytes };
}

function deploy(port: string, ...args: readonly string[]): Promise<CliResult> {
  return runCli(['deploy', ...args, '--port', port, '--proof-seconds', '0'], environment);
}

/** Starts a deploy and waits until it has written so much. */
async function startWriting(file: string, port: string, leastBytes: number): Promise<{ readonly pid: number | undefined; stop(): Promise<number | null> }> {
  const child = startCli(['deploy', file, '--port', port, '--proof-seconds', '0', '--events'], environment);
  const ended = once(child, 'close') as Promise<[number | null]>;
  await new Promise<void>((resolve, reject) => {
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if ([...said.matchAll(/"label":"Writing","done":(\d+)/gu)].some(([, done]) => Number(done) >= leastBytes)) resolve();
    });
    void ended.then(() => reject(new Error(`The deploy ended early: ${said}`)));
  });
  return {
    pid: child.pid,
    stop: async () => {
      child.kill('SIGINT');
      return (await ended)[0];
    },
  };
}

/** What the board left the factory with, and these bytes. */
function expectedFlash(parts: readonly (readonly [number, Uint8Array])[]): Buffer {
  const flash = Buffer.alloc(flashBytes, 0xff);
  flash.set(factoryImage());
  for (const [address, bytes] of parts) flash.set(bytes, address);
  return flash;
}

test('a model of 2 MiB: verified, bytes equal, nothing else changed, and the second time nothing is sent', options, async (t) => {
  const { port, flash } = await scene(t, 'large');
  const { file, bytes } = modelFile('large.kmodel', 2 << 20);
  const first = await deploy(port, file);
  assert.equal(first.code, 0, first.stderr);
  const { verified, verification, writtenBytes, kind, target } = first.json;
  assert.deepEqual({ verified, verification, writtenBytes, kind, target }, { verified: true, verification: 'crc', writtenBytes: 2 << 20, kind: 'model', target: 'flash' });
  const again = await deploy(port, file, '--read-back');
  assert.equal(again.code, 0, again.stderr);
  assert.deepEqual([again.json['writtenBytes'], again.json['skippedBytes'], again.json['verification']], [0, 2 << 20, 'read-back']);
  assert.ok((await flash()).equals(expectedFlash([[place, bytes]])));
});

test('Ctrl+C stops an upload; the port is free at once, and the next upload goes on', options, async (t) => {
  const { board, port, flash } = await scene(t, 'stopped', '--real-time');
  const { file, bytes } = modelFile('stopped.kmodel', 600_001);
  const upload = await startWriting(file, port, someBytes);
  assert.equal(await upload.stop(), 130);
  const resumed = await deploy(port, file);
  assert.equal(resumed.code, 0, `${resumed.stderr}\n${board.log()}`);
  assert.ok(Number(resumed.json['skippedBytes']) > 0 && Number(resumed.json['writtenBytes']) > 0, JSON.stringify(resumed.json));
  assert.ok((await flash()).equals(expectedFlash([[place, bytes]])));
});

test('a port that another deploy has is refused with its process', options, async (t) => {
  const { port } = await scene(t, 'busy', '--real-time');
  const { file } = modelFile('busy.kmodel', 2 << 20);
  const first = await startWriting(file, port, 0);
  const second = await deploy(port, file);
  assert.equal(second.code, 1);
  assert.equal(second.json['code'], 'K2-PORT-BUSY');
  assert.match(String(second.json['error']), new RegExp(`process ${first.pid}\\b`, 'u'));
  assert.equal(await first.stop(), 130);
});

test('a package goes to its places, and one with a way out of it is refused', options, async (t) => {
  const { port, flash } = await scene(t, 'package');
  const { file, bytes } = modelFile('part.kmodel', 70_001, 2);
  const packed = path.join(folder, 'face.kfpkg');
  const made = await runCli(['kfpkg', packed, `${file}@0x400000`]);
  assert.equal(made.code, 0, made.stderr);
  const done = await deploy(port, packed);
  assert.equal(done.code, 0, done.stderr);
  assert.equal(done.json['verified'], true);
  const evil = path.join(folder, 'evil.kfpkg');
  writeFileSync(evil, zipSync({ 'flash-list.json': Buffer.from('{"files": [{"address": 0x00300000, "bin": "../evil.bin"}]}'), '../evil.bin': bytes }));
  const refused = await deploy(port, evil);
  assert.equal(refused.json['code'], 'K2-FILE');
  assert.ok(!existsSync(path.join(folder, '..', 'evil.bin')));
  assert.ok((await flash()).equals(expectedFlash([[0x400000, bytes]])));
});

test('a stub of the user is driven in the classic dialect, and what it wrote is not said to be verified', options, async (t) => {
  const { port, flash } = await scene(t, 'classic');
  const { file, bytes } = modelFile('classic.kmodel', 140_001, 3);
  const stub = path.join(folder, 'stub.bin');
  writeFileSync(stub, modelBytes(9000, 9));
  const done = await deploy(port, file, '--stub', stub, '--address', '0x303000');
  assert.equal(done.code, 0, done.stderr);
  assert.deepEqual([done.json['verified'], done.json['verification']], [false, 'none']);
  const padding = new Uint8Array(4096 - (bytes.length % 4096));
  assert.ok((await flash()).equals(expectedFlash([[0x303000, bytes], [0x303000 + bytes.length, padding]])));
});

test('nothing reaches a board when the file does not belong there or no port was chosen', options, async (t) => {
  const { port, flash } = await scene(t, 'refused');
  const { file } = modelFile('refused.kmodel', 5000);
  assert.equal((await deploy(port, file, '--address', '0')).json['code'], 'K2-FILE');
  assert.equal((await deploy(port, file, '--address', '0x1000')).json['code'], 'K2-FLASH-OVERLAP');
  assert.equal((await deploy(port, file, '--address', '0xfff000')).json['code'], 'K2-FLASH-SIZE');
  assert.equal((await deploy(path.join(folder, 'nowhere'), file)).json['code'], 'K2-PORT-MISSING');
  assert.equal((await deploy(file, file)).json['code'], 'K2-PORT-MISSING');
  assert.equal((await runCli(['deploy', file], environment)).code, 1);
  assert.equal((await runCli(['deploy', file, '--port', port, '--address', '0x300001'], environment)).code, 2);
  assert.ok((await flash()).equals(expectedFlash([])));
});

test('a board that the host pulls away is noticed, and a pseudo-terminal has no control lines', options, async (t) => {
  const { board, port } = await scene(t, 'pulled');
  const transport = await SerialPortTransport.open(port, 115200);
  t.after(() => transport.close());
  assert.equal(await transport.setLines({ dtr: false, rts: true }), 'unsupported');
  await transport.setBaudRate(1_500_000);
  assert.equal(transport.baudRate, 1_500_000);
  const lost = new Promise((resolve) => transport.onLoss(resolve));
  board.kill();
  assert.equal(((await lost) as { kind: string }).kind, 'unplugged');
  await assert.rejects(transport.write(Uint8Array.of(1)), (error: unknown) => error instanceof BoardError && error.code === 'K2-PORT-LOST');
});

test('ports are listed without opening one', async () => {
  const { code, json, stderr } = await runCli(['ports']);
  assert.equal(code, 0, stderr);
  assert.ok(Array.isArray(json['ports']));
});
