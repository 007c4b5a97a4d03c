import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import { SerialPortTransport } from '../../src/board/port/serial-port-transport';
import { deployFile, type FileDeployment } from '../../src/board/repl/deploy-file';
import { systemClock } from '../../src/board/system-clock';
import { runCli, startCli } from '../support/cli';
import { patternBytes, resets } from '../support/board/repl-bench';
import { smallFaceModel, smallFacts, smallSide } from '../support/board/small-face-model';

/** A real serial library, a pseudo-terminal, and a process of its own with real MicroPython behind it. */
const skip = process.platform === 'win32' ? 'Windows has no pseudo-terminals' : false;
let folder = '';
let emulator: ChildProcess | undefined;
const port = (): string => path.join(folder, 'board');
const env = (): NodeJS.ProcessEnv => ({ MOBILEFACENET_BOARD_HOME: path.join(folder, 'home') });

before(async () => {
  if (skip) return;
  folder = await mkdtemp(path.join(tmpdir(), 'board-repl-'));
  emulator = startCli(['board', 'emulate', '--firmware', 'maixpy', '--link', port()], env());
  let said = '';
  await new Promise<void>((resolve, reject) => {
    emulator?.stderr?.on('data', (text: Buffer) => {
      said += text.toString();
      if (said.includes('is on')) resolve();
    });
    emulator?.once('exit', () => reject(new Error(`the virtual board ended: ${said}`)));
  });
});

after(async () => {
  if (emulator && emulator.exitCode === null) {
    emulator.kill('SIGTERM');
    await once(emulator, 'exit');
  }
  await rm(folder, { recursive: true, force: true });
});

async function deploy(content: Uint8Array, options: Partial<Parameters<typeof deployFile>[3]>): Promise<FileDeployment> {
  const transport = await SerialPortTransport.open(port(), 115_200);
  try {
    return await deployFile(transport, systemClock, content, { path: '/sd/data.bin', resets, ...options });
  } finally {
    await transport.close();
  }
}

test('200 KB go over a real serial port to /sd and are proved there', { skip, timeout: 300_000 }, async () => {
  const content = patternBytes(200_000);
  const first = await deploy(content, {});
  assert.deepEqual([first.unchanged, first.bytes], [false, 200_000]);
  const again = await deploy(content, {});
  assert.equal(again.unchanged, true);
  const other = await deploy(patternBytes(200_000, 2), {});
  assert.equal(other.unchanged, false);
});

test('`board check` finds the virtual board to compute what the simulator does, bit by bit', { skip, timeout: 300_000 }, async () => {
  const model = path.join(folder, 'face.kmodel');
  await writeFile(model, smallFaceModel());
  await writeFile(path.join(folder, 'face.json'), JSON.stringify(smallFacts()));
  const photo = path.join(folder, 'photo.png');
  await sharp(patternBytes(smallSide * smallSide * 3, 9), { raw: { width: smallSide, height: smallSide, channels: 3 } }).png().toFile(photo);
  const deployed = await runCli(['deploy', model, '--port', port(), '--path', '/sd/face.kmodel', '--main'], env());
  assert.equal(deployed.code, 0, deployed.stderr);
  assert.equal((deployed.json['loads'] as { kind: string }).kind, 'loaded');
  assert.deepEqual([deployed.json['verified'], deployed.json['target']], [true, '/sd/face.kmodel']);
  const { code, json, stderr } = await runCli(['board', 'check', photo, '--model', model, '--port', port()], env());
  assert.equal(code, 0, stderr);
  assert.deepEqual(json['simulator'], { cosine: (json['simulator'] as { cosine: number }).cosine, largestDifference: 0, identical: true });
});

test('`deploy --path` names what is wrong, with a report', { skip, timeout: 300_000 }, async () => {
  const file = path.join(folder, 'any.bin');
  await writeFile(file, patternBytes(2000));
  const without = await runCli(['deploy', file, '--port', port(), '--path', '/sd/any.bin', '--main'], env());
  assert.equal(without.code, 1);
  assert.match(without.stderr, /has no \.json beside it/);
  const nowhere = await runCli(['deploy', file, '--port', port(), '--path', '/usb/any.bin'], env());
  assert.match(nowhere.stderr, /no place for a file on the board/);
  assert.ok(nowhere.json['report'], 'a report comes with it');
});
