import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, lstatSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { productRoot } from '../../src/base/product';
import { factoryImage } from '../../src/board/emulator/boot-image';
import { runCli, startCli } from '../support/cli';
import { pythonWith } from '../support/python';
import { randomBytes } from '../support/board/stub-bench';

const folder = mkdtempSync(path.join(tmpdir(), 'board-emulate-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const limitMs = 300_000;

interface RunningBoard {
  readonly child: ChildProcess;
  readonly stderr: () => string;
  /** Presses Ctrl+C and waits for the end. */
  stop(): Promise<number | null>;
}

/** Starts `board emulate` and waits until it says where it is. */
async function startBoard(args: readonly string[]): Promise<RunningBoard> {
  const child = startCli(['board', 'emulate', ...args]);
  let stderr = '';
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  await new Promise<void>((resolve, reject) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
      if (/ is on \S+/u.test(stderr)) resolve();
    });
    void ended.then((code) => reject(new Error(`board emulate ended with code ${code}: ${stderr}`)));
  });
  return {
    child,
    stderr: () => stderr,
    stop: () => {
      child.kill('SIGINT');
      return ended;
    },
  };
}

async function flashClassically(python: string, port: string, file: string, address: number): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const script = path.join(productRoot(), 'test', 'support', 'board', 'classic-flasher.py');
  const child = spawn(python, [script, port, file, `0x${address.toString(16)}`], { stdio: ['ignore', 'pipe', 'pipe'], timeout: limitMs, killSignal: 'SIGKILL' });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, ...output };
}

test('an independent client flashes the virtual board through the classic dialect', { skip: process.platform === 'win32' }, async (context) => {
  const python = pythonWith('termios');
  if (python.missing !== undefined) return context.skip(python.missing);
  const [link, flashFile, model] = ['port', 'flash.bin', 'model.kmodel'].map((name) => path.join(folder, name)) as [string, string, string];
  const bytes = randomBytes(300_001, 5);
  writeFileSync(model, bytes);
  const board = await startBoard(['--link', link, '--flash', flashFile]);
  const { code, stdout, stderr } = await flashClassically(python.interpreter, link, model, 0x300000);
  assert.equal(code, 0, `${stderr}\n${board.stderr()}`);
  assert.deepEqual(JSON.parse(stdout), { blocks: 5, bytes: bytes.length });
  assert.equal(await board.stop(), 0, board.stderr());
  assert.ok(!existsSync(link), 'the link is gone');
  const expected = Buffer.alloc(1 << 24, 0xff);
  expected.set(factoryImage());
  expected.fill(0, 0x300000, 0x300000 + Math.ceil(bytes.length / 4096) * 4096);
  expected.set(bytes, 0x300000);
  assert.ok(readFileSync(flashFile).equals(expected), 'the flash has the model, and nothing else changed');
});

test('an independent client is told of an error that the board reports', { skip: process.platform === 'win32' }, async (context) => {
  const python = pythonWith('termios');
  if (python.missing !== undefined) return context.skip(python.missing);
  const link = path.join(folder, 'faulty-port');
  const model = path.join(folder, 'small.kmodel');
  writeFileSync(model, randomBytes(5000));
  const board = await startBoard(['--link', link, '--fault', 'error-reply:op=D4,status=E2']);
  const { code, stderr } = await flashClassically(python.interpreter, link, model, 0x300000);
  assert.deepEqual([code, stderr.trim()], [1, 'reply to D4 is E2']);
  await board.stop();
});

test('a second port gets a link of its own, and both go at the end', { skip: process.platform === 'win32' }, async () => {
  const link = path.join(folder, 'go');
  const board = await startBoard(['--link', link, '--board', 'maix-go']);
  assert.ok(lstatSync(link).isSymbolicLink() && lstatSync(`${link}-2`).isSymbolicLink());
  assert.equal(await board.stop(), 0);
  assert.ok(!existsSync(link) && !existsSync(`${link}-2`));
});

test('a link of a board that was killed is replaced, anything else is not', { skip: process.platform === 'win32' }, async () => {
  const dead = path.join(folder, 'dead');
  symlinkSync('/dev/pts/999999', dead);
  const board = await startBoard(['--link', dead]);
  assert.ok(existsSync(dead));
  await board.stop();
  const file = path.join(folder, 'file');
  writeFileSync(file, 'mine');
  const { code, stderr } = await runCli(['board', 'emulate', '--link', file]);
  assert.deepEqual([code, readFileSync(file, 'utf8')], [1, 'mine']);
  assert.match(stderr, /exists already\. Choose another path/);
});

test('wrong options are refused in a sentence', async () => {
  for (const [args, sentence] of [
    [['--board', 'esp32'], /no virtual board "esp32"\. Known are maix-dock/],
    [['--fault', 'port-busy'], /cannot show the fault "port-busy"/],
    [['--fault', 'drop-bite'], /Did you mean drop-byte/],
    [['--stub', 'none'], /--stub is automatic, own, classic/],
    [['--flash', productRoot()], /cannot be read \(EISDIR\)/],
  ] as const) {
    const { code, stderr } = await runCli(['board', 'emulate', ...args]);
    assert.equal(code, 1);
    assert.match(stderr, sentence);
  }
});

test('what a terminal program types reaches the board, and its log the terminal', { skip: process.platform === 'win32' }, async (context) => {
  if (spawnSync('socat', ['-V']).status !== 0) return context.skip('There is no socat.');
  const link = path.join(folder, 'terminal');
  const board = await startBoard(['--link', link]);
  const child = spawn('socat', ['-', `${link},raw,echo=0`], { timeout: limitMs });
  const answer = Buffer.from([0xc0, 0xc2, 0xe0, 0xc0]);
  let received = Buffer.alloc(0);
  child.stdout.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    if (received.includes(answer)) child.stdin.end();
  });
  child.stdin.write(Buffer.from([0xc0, 0xc2, ...new Uint8Array(13), 0xc0]));
  await new Promise((resolve) => child.on('close', resolve));
  await board.stop();
  assert.ok(received.includes(answer));
});
