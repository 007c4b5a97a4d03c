import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as vscode from 'vscode';
import packageJson from '../../package.json';
import { commands } from '../../src/ids';

const sampleLimitMs = 5 * 60_000;

/** Runs inside the desktop editor (see scripts/test-desktop.mjs): the extension activates, brings its commands, and a job makes the sample. */
export async function run(): Promise<void> {
  const extension = vscode.extensions.getExtension(`${packageJson.publisher}.${packageJson.name}`);
  assert.ok(extension, 'the extension is there');
  await extension.activate();
  const known = new Set(await vscode.commands.getCommands(true));
  assert.deepEqual(Object.values(commands).filter((id) => !known.has(id)), []);
  const workspace = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
  void vscode.commands.executeCommand(commands.trySample);
  const dataset = path.join(workspace, 'datasets', 'sample', 'dataset.json');
  for (const endMs = Date.now() + sampleLimitMs; !existsSync(dataset); await sleep(500)) assert.ok(Date.now() < endMs, 'the sample was prepared in time');
}
