import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, test } from 'node:test';
import { runCli, startCli } from '../support/cli';
import { startEmulatedBoard } from '../support/board/emulated-board';
import { randomBytes } from '../support/board/stub-bench';

const skip = process.platform === 'win32' ? 'Windows has no pseudo-terminals.' : false;
const folder = mkdtempSync(path.join(tmpdir(), 'board-cancel-'));
let board: Awaited<ReturnType<typeof startEmulatedBoard>> | undefined;
afterEach(() => board?.stop());
after(() => rmSync(folder, { recursive: true, force: true }));
const env = { MOBILEFACENET_BOARD_HOME: path.join(folder, 'home') };

interface Ended {
  readonly code: number | null;
  readonly stderr: string;
  readonly json: Record<string, unknown>;
}

/** Runs `deploy` to a board that takes its time, and does something once, when its progress says that blocks are being written. */
async function deployAnd(args: readonly string[], whileWriting: (kill: (signal: NodeJS.Signals) => void) => void): Promise<Ended> {
  const child = startCli(['deploy', ...args, '--json'], env);
  let [stdout, stderr] = ['', ''];
  let isDone = false;
  child.stdout?.on('data', (text: Buffer) => (stdout += text.toString()));
  child.stderr?.on('data', (text: Buffer) => {
    stderr += text.toString();
    if (isDone || !stderr.includes('Writing')) return;
    isDone = true;
    whileWriting((signal) => child.kill(signal));
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, stderr, json: JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as Record<string, unknown> };
}

test('Ctrl+C during a deploy ends as K2-CANCELLED with exit code 130 and a report; the next deploy goes on', { skip, timeout: 300_000 }, async () => {
  const [link, model] = ['port', 'face.bin'].map((name) => path.join(folder, name)) as [string, string];
  writeFileSync(model, randomBytes(400_000, 3));
  board = await startEmulatedBoard(['--link', link, '--real-time']);
  const { code, stderr, json } = await deployAnd([model, '--port', link, '--address', '0x300000'], (kill) => kill('SIGINT'));
  assert.equal(code, 130, stderr);
  assert.match(stderr, /K2-CANCELLED: The deploy to \S+ was cancelled\. .* The board was started again\./);
  assert.deepEqual([json['code'], json['cancelled'], (json['report'] as { state: string }).state], ['K2-CANCELLED', true, 'write']);
  const again = await runCli(['deploy', model, '--port', link, '--address', '0x300000', '--json'], env);
  assert.equal(again.code, 0, again.stderr);
  assert.equal(again.json['verified'], true);
});

test('a file that changes while it is sent is not called verified', { skip, timeout: 300_000 }, async () => {
  const [link, model] = ['port2', 'changing.bin'].map((name) => path.join(folder, name)) as [string, string];
  writeFileSync(model, randomBytes(400_000, 4));
  board = await startEmulatedBoard(['--link', link, '--real-time']);
  const { code, stderr, json } = await deployAnd([model, '--port', link, '--address', '0x300000'], () => writeFileSync(model, randomBytes(400_000, 5)));
  assert.equal(code, 1, stderr);
  assert.equal(json['code'], 'K2-FILE');
  assert.ok(!('verified' in json) && !/Verified/.test(stderr));
  assert.match(stderr, /changing\.bin changed while it was sent/);
});
