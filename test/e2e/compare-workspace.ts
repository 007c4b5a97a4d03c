import { execFile } from 'node:child_process';
import { cp } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { bundlePath } from '../../src/base/product';

const run = promisify(execFile);
const limitMs = 3 * 60_000;

/** Runs the command line. @returns its JSON result */
export async function cli(...args: string[]): Promise<Record<string, unknown>> {
  const { stdout } = await run(process.execPath, [bundlePath('cli.js'), ...args, '--json'], { timeout: limitMs, maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>;
}

/** Photos of ten drawn people, a dataset of small crops with four of them held out, a short softmax run and its fork with ArcFace, and two loose photos of one person. */
export async function makeCompareWorkspace(root: string): Promise<void> {
  const photos = path.join(root, 'photos');
  const dataset = path.join(root, 'datasets', 'sample');
  const first = path.join(root, 'runs', 'r01');
  await cli('sample', photos, '--identities', '10', '--photos', '10', '--seed', '7');
  await cli('dataset', 'prepare', photos, '--out', dataset, '--size', '64', '--hold-out', '4', '--seed', '7');
  await cli('train', '--dataset', dataset, '--out', first, '--network', 'k210-s', '--epochs', '8', '--batch', '8', '--seed', '1');
  await cli('train', '--from', first, '--head', 'arcface', '--out', `${first}-arcface`, '--epochs', '3');
  for (const [index, name] of ['first.jpg', 'second.jpg'].entries()) {
    await cp(path.join(photos, 'person-001', `00${index + 1}.jpg`), path.join(root, name));
  }
}
