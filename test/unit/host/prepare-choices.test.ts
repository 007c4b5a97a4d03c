import assert from 'node:assert/strict';
import { test } from 'node:test';
import type * as vscode from 'vscode';
import { prepareArguments, PrepareChoiceMemory } from '../../../src/host/datasets/prepare-choices';

function memoryOf(kept: Record<string, unknown>): vscode.Memento {
  return {
    get: (key: string, fallback: unknown) => kept[key] ?? fallback,
    update: (key: string, value: unknown) => Promise.resolve(void (kept[key] = value)),
  } as unknown as vscode.Memento;
}

test('choices are remembered for each folder, and what an older version kept otherwise is not used', async () => {
  const kept: Record<string, unknown> = { 'prepare:/broken': { size: 'large' } };
  const memory = new PrepareChoiceMemory(memoryOf(kept));
  const changed: string[] = [];
  memory.onDidChange((folder) => changed.push(folder));
  await memory.set('/team', { size: 128 });
  await memory.set('/team', { policy: '/w/team.policy.json' });
  assert.deepEqual(memory.get('/team'), { policy: '/w/team.policy.json', size: 128, holdOut: '' });
  assert.deepEqual(memory.get('/other'), { policy: 'none', size: 112, holdOut: '' });
  assert.deepEqual(memory.get('/broken'), memory.get('/other'));
  assert.deepEqual(changed, ['/team', '/team']);
});

test('a list of names goes before a number of people to hold out', () => {
  const choices = { policy: 'none', size: 112, holdOut: '12' };
  assert.deepEqual(prepareArguments(choices), ['--policy', 'none', '--size', '112', '--hold-out', '12']);
  assert.deepEqual(prepareArguments({ ...choices, holdOutNames: '/w/held.txt' }).slice(-2), ['--hold-out-names', '/w/held.txt']);
  assert.deepEqual(prepareArguments({ ...choices, holdOut: '' }), ['--policy', 'none', '--size', '112']);
});
