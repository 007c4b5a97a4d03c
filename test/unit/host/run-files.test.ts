import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type * as vscode from 'vscode';
import { moveToTrash } from '../../../src/host/runs/delete-run';
import { nameProblem, relatives, renameRun } from '../../../src/host/runs/rename-run';
import type { RunEntry } from '../../../src/host/runs/run-entry';
import { readRunEntry } from '../../../src/host/runs/read-run';
import { StarredRuns } from '../../../src/host/runs/starred-runs';
import type { RunRecord } from '../../../src/protocol/run';
import { testRecord } from '../../support/run-samples';

let root = '';
before(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'run-files-'));
});
after(() => rm(root, { recursive: true, force: true }));

async function writeRun(name: string, changes: Partial<RunRecord>): Promise<RunEntry> {
  const folder = path.join(root, name);
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'run.json'), JSON.stringify(testRecord({ name, state: 'finished', ...changes })));
  return (await readRunEntry(folder, 0)) as RunEntry;
}

async function recordOf(name: string): Promise<RunRecord> {
  return JSON.parse(await readFile(path.join(root, name, 'run.json'), 'utf8')) as RunRecord;
}

test('a renamed run is found by its forks and by the run that it follows', async () => {
  const parent = { run: '../r02', name: 'r02', step: 50, head: 'softmax' as const };
  const before = await writeRun('r01', { successor: '../r02' });
  const run = await writeRun('r02', {});
  const fork = await writeRun('r03', { parent });
  const other = await writeRun('r04', { parent: { ...parent, run: '../r01', name: 'r01' } });
  const runs = [before, run, fork, other];
  assert.deepEqual(relatives(run, runs).map(({ folder }) => path.basename(folder)), ['r01', 'r03']);
  assert.equal(await renameRun(run, 'best one', runs), path.join(root, 'best one'));
  assert.equal(existsSync(path.join(root, 'r02')), false);
  assert.deepEqual((await recordOf('r03')).parent, { run: '../best one', name: 'best one', step: 50, head: 'softmax' });
  assert.equal((await recordOf('r01')).successor, '../best one');
  assert.deepEqual(await recordOf('r04'), other.record);
});

test('names that would be hidden, taken or misread are refused', () => {
  assert.deepEqual(['', ' ', 'a/b', 'a:b', '.a', 'a ', 'a@120', 'a@best', 'r07', 'fine name', 'ä@home'].map((name) => nameProblem(name, ['r07'])), [
    'empty', 'empty', 'characters', 'characters', 'characters', 'characters', 'characters', 'characters', 'taken', undefined, undefined,
  ]);
});

test('without a trash of the system a run goes to a hidden folder beside it, under a free name', async () => {
  const first = await writeRun('gone', {});
  assert.equal(await moveToTrash(first.folder), path.join(root, '.trash', 'gone'));
  const second = await writeRun('gone', {});
  assert.equal(await moveToTrash(second.folder), path.join(root, '.trash', 'gone-2'));
  assert.equal(existsSync(first.folder), false);
});

test('stars outlive a new name', async () => {
  const kept = new Map<string, unknown>();
  const memory = { get: (key: string, fallback: unknown) => kept.get(key) ?? fallback, update: (key: string, value: unknown) => Promise.resolve(kept.set(key, value)) };
  const stars = new StarredRuns(memory as unknown as vscode.Memento);
  await stars.set('/a', true);
  await stars.move('/a', '/b');
  await stars.move('/c', '/d');
  assert.deepEqual(['/a', '/b', '/d'].map((folder) => stars.has(folder)), [false, true, false]);
  await stars.set('/b', false);
  assert.equal(stars.has('/b'), false);
});
