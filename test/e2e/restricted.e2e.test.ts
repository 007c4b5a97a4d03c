import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { bundlePath } from '../../src/base/product';
import { Workbench, workbenchMissing } from '../support/workbench';

const sampleLimitMs = 2 * 60_000;
const skip = workbenchMissing();

let workspace = '';
let workbench: Workbench;

before(async () => {
  if (skip !== false) return;
  workspace = await mkdtemp(path.join(tmpdir(), 'mobilefacenet-restricted-'));
  await promisify(execFile)(process.execPath, [bundlePath('cli.js'), 'sample', path.join(workspace, 'photos'), '--identities', '4', '--photos', '4'], { timeout: sampleLimitMs });
  workbench = await Workbench.open(workspace, { restricted: true });
});

after(async () => {
  if (skip !== false) return;
  await workbench?.close();
  await rm(workspace, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
});

test('in Restricted Mode photos can be looked at, and nothing is started', { skip }, () =>
  workbench.attempt('restricted', async () => {
    await workbench.openViewContainer('MobileFaceNet Studio');
    await workbench.treeItem(/^photos\b/).first().waitFor();
    await workbench.screenshot('restricted-dark');
    const offered = await workbench.offeredCommands('MobileFaceNet: Prepare Dataset');
    assert.deepEqual(offered.filter((title) => title.includes('Prepare Dataset')), []);
    assert.deepEqual(await readdir(workspace), ['photos']);
    assert.equal(existsSync(path.join(workspace, 'datasets')), false);
    assert.deepEqual(workbench.ownErrors, []);
    assert.deepEqual([...workbench.outsideHosts], []);
  }));
