import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isProcessAlive } from '../../src/base/process-alive';
import { rankCommandName } from '../../src/training/cluster/launch/rank-messages';
import { readNewestCheckpoint } from '../../src/training/run/checkpoint';
import { lastFirst, runCli, startCli, type CliResult } from './cli';
import { eventsOf, losses, recordOf, waitForEvents } from './training-runs';

/** Ranks that a launcher on this machine has started, by their number. */
export function ranksOf(launcher: ChildProcess): number[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).sort((a, b) => a - b).filter((pid) => {
    try {
      const parent = /\nPPid:\t(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
      return Number(parent) === launcher.pid && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(rankCommandName);
    } catch {
      return false;
    }
  });
}

/** How a command ends that a test has started. */
export async function endOf(child: ChildProcess): Promise<{ code: number | null; json: Record<string, unknown>; stderr: string }> {
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (text: Buffer) => (stdout += text.toString()));
  child.stderr?.on('data', (text: Buffer) => (stderr += text.toString()));
  const [code] = await once(child, 'close') as [number | null];
  return { code, json: JSON.parse(stdout.trim().split('\n').at(-1) || '{}') as Record<string, unknown>, stderr };
}

/** Images that were trained on, by epoch: of the lines that a lost attempt left, only the last of each position counts. */
async function imagesByEpoch(run: string): Promise<Map<number, number[]>> {
  const byPosition = new Map<number, [number, number]>();
  for (const name of await readdir(path.join(run, 'order'))) {
    for (const line of (await readFile(path.join(run, 'order', name), 'utf8')).split('\n').filter((text) => text.endsWith('}'))) {
      const { position, samples } = JSON.parse(line) as { position: number; samples: [number, number][] };
      samples.forEach((sample, i) => {
        const before = byPosition.get(position + i);
        assert.ok(!before || before.join() === sample.join(), `position ${position + i} is another picture for another rank`);
        byPosition.set(position + i, sample);
      });
    }
  }
  assert.deepEqual([...byPosition.keys()].sort((a, b) => a - b), Array.from({ length: byPosition.size }, (_, i) => i), 'no position is left out');
  const epochsSeen = new Map<number, number[]>();
  for (const [epoch, image] of byPosition.values()) epochsSeen.set(epoch, [...(epochsSeen.get(epoch) ?? []), image]);
  return epochsSeen;
}

/** Each image of a run was trained on once in each of its epochs. */
export async function assertExactEpochs(run: string, epochs: number): Promise<void> {
  const { images } = await recordOf(run);
  const seen = await imagesByEpoch(run);
  assert.equal(seen.size, epochs);
  for (const [epoch, list] of seen) assert.deepEqual(list.sort((a, b) => a - b), Array.from({ length: images }, (_, i) => i), `epoch ${epoch}`);
}

/**
 * Trains a run that nobody disturbs. On a machine that is short of something a rank may be lost by itself; the run then recovers, which other tests are
 * about, and is made once more here, with a note of why.
 * @param commandOf arguments of `train` for a folder @returns the folder's name, and the SHA-256 of the weights
 */
export async function trainUndisturbed(name: string, ranks: number, commandOf: (out: string) => string[]): Promise<{ name: string; sha256: string }> {
  const first = await runCli(commandOf(name));
  const isUndisturbed = ({ code, json }: CliResult): boolean => code === 0 && json['ranks'] === ranks && json['recoveries'] === 0;
  if (!isUndisturbed(first)) process.stdout.write(`note: ${name} was disturbed: exit code ${String(first.code)}; ${lastFirst(first).replaceAll('\n', '; ').slice(0, 2000)}\n`);
  const again = `${name}-again`;
  const [out, result] = isUndisturbed(first) ? [name, first] : [again, await runCli(commandOf(again))];
  assert.equal(result.code, 0, lastFirst(result));
  assert.deepEqual([result.json['ranks'], result.json['recoveries']], [ranks, 0], lastFirst(result));
  const sha256 = result.json['weightsSha256'];
  assert.ok(typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256), String(sha256));
  return { name: out, sha256 };
}

/** Trains until `afterStep`, and kills a rank then. @returns how the command ended, and how long it took until training went on */
export async function killRankOf(command: readonly string[], run: string, { victim, afterStep }: { readonly victim: number; readonly afterStep: number }): Promise<Awaited<ReturnType<typeof endOf>> & { recoveryMs: number }> {
  const launcher = startCli(command);
  const end = endOf(launcher);
  await waitForEvents(run, (events) => events.some((event) => event.kind === 'step' && event.step >= afterStep));
  const pid = ranksOf(launcher)[victim];
  assert.ok(pid !== undefined);
  process.kill(pid, 'SIGKILL');
  const killedMs = performance.now();
  await waitForEvents(run, (events) => events.filter((event) => event.kind === 'start').length === 2);
  const recoveryMs = performance.now() - killedMs;
  const ended = await end;
  assert.equal(ended.code, 0, ended.stderr);
  return { ...ended, recoveryMs };
}

/** Ranks end by themselves when their launcher is gone. */
export async function waitUntilGone(pids: readonly number[]): Promise<void> {
  const endMs = Date.now() + 120_000;
  while (pids.some(isProcessAlive) && Date.now() < endMs) await sleep(100);
  assert.deepEqual(pids.filter(isProcessAlive), []);
}

/** Trains with three ranks until it is cancelled, then with two until they and their launcher are killed, and to the end with one process. */
export async function trainByFewerAndFewer(command: readonly string[], run: string): Promise<void> {
  const launcher = startCli(command);
  const first = endOf(launcher);
  await waitForEvents(run, (events) => events.some((event) => event.kind === 'step' && event.step >= 7));
  launcher.kill('SIGINT');
  assert.equal((await first).code, 130);
  assert.equal((await recordOf(run)).state, 'stopped');
  const { state: { step } } = await readNewestCheckpoint(run);
  const second = startCli(['train', '--resume', run, '--cluster', 'auto', '--ranks', '2', '--record-order']);
  const ended = endOf(second);
  await waitForEvents(run, (events) => events.some((event) => event.kind === 'step' && event.step >= step + 5));
  assert.equal((await recordOf(run)).ranks, 2);
  const pids = ranksOf(second);
  second.kill('SIGKILL');
  await ended;
  await waitUntilGone(pids);
  const alone = await runCli(['train', '--resume', run]);
  assert.equal(alone.code, 0, alone.stderr);
  const record = await recordOf(run);
  assert.deepEqual([record.state, record.ranks], ['finished', undefined]);
  assert.equal(losses(await eventsOf(run)).size, record.lastStep);
}
