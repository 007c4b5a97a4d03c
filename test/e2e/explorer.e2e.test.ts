import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { bundlePath } from '../../src/base/product';
import { Workbench, workbenchMissing } from '../support/workbench';
import { ExplorerPage } from './explorer-page';

const run = promisify(execFile);
const skip = workbenchMissing();
const people = 14;
const photosEach = 9;

let workspace = '';
let photos = '';
let workbench: Workbench;

before(async () => {
  if (skip !== false) return;
  workspace = await mkdtemp(path.join(tmpdir(), 'mobilefacenet-explorer-'));
  photos = path.join(workspace, 'team-photos');
  await run(process.execPath, [bundlePath('cli.js'), 'sample', photos, '--identities', String(people), '--photos', String(photosEach), '--seed', '7'], { timeout: 180_000 });
  // One photo lies with two people, one twice with the same.
  await copyFile(path.join(photos, 'person-002', '003.jpg'), path.join(photos, 'person-004', 'copied.jpg'));
  await copyFile(path.join(photos, 'person-006', '001.jpg'), path.join(photos, 'person-006', '001 (1).jpg'));
  workbench = await Workbench.open(workspace);
});

after(async () => {
  if (skip !== false) return;
  await workbench?.close();
  await rm(workspace, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
});

test('the explorer shows photos, walks by keys, checks, and leaves out by a list', { skip }, () =>
  workbench.attempt('explorer', async () => {
    const page = new ExplorerPage(workbench);
    await workbench.openViewContainer('MobileFaceNet Studio');
    await workbench.treeItem(/^team-photos\b/).first().waitFor();
    await workbench.runCommand('MobileFaceNet: Open Dataset Explorer');
    await page.waitUntilShown();
    await page.waitForLook('person-004/001.jpg', 30_000);
    await workbench.screenshots('explorer');

    assert.deepEqual(await workbench.accessibilityProblems(), []);
    assert.deepEqual(workbench.ownErrors, []);
    assert.deepEqual([...workbench.outsideHosts], []);
  }));
