import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { productRoot } from '../../src/base/product';
import { datasetRecordSchema } from '../../src/dataset/dataset-artifact';
import { datasetFileName } from '../../src/dataset/artifact-names';
import { Workbench, workbenchMissing } from '../support/workbench';
import { until } from '../support/workbench-wait';

const packageLimitMs = 3 * 60_000;
const largestPackageBytes = 25e6;
const skip = workbenchMissing();

let folder = '';
let packageFile = '';
let workbench: Workbench | undefined;

before(async () => {
  if (skip !== false) return;
  folder = await mkdtemp(path.join(tmpdir(), 'mobilefacenet-package-'));
  await promisify(execFile)(process.execPath, [path.join(productRoot(), 'scripts', 'package.mjs'), '--out', folder], { timeout: packageLimitMs });
  const [name] = (await readdir(folder)).filter((file) => file.endsWith('.vsix'));
  packageFile = path.join(folder, name ?? '');
});

after(async () => {
  if (skip !== false) return;
  await workbench?.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
});

test('the package is small', { skip }, async () => {
  const { size } = await stat(packageFile);
  assert.ok(size < largestPackageBytes, `${size} bytes`);
});

test('installed, its walkthrough leads to the sample, without the packages of a clone beside it', { skip }, async () => {
  const workspace = await mkdtemp(path.join(folder, 'workspace-'));
  workbench = await Workbench.open(workspace, { packageFile });
  const opened = workbench;
  await opened.attempt('package', async () => {
    await opened.openViewContainer('MobileFaceNet Studio');
    await opened.page.getByRole('button', { name: 'Try the Sample' }).first().waitFor();
    await opened.runCommand('MobileFaceNet: Open the Walkthrough');
    const walkthrough = opened.page.locator('.gettingStartedContainer');
    await walkthrough.getByRole('heading', { name: 'Choose photos' }).waitFor();
    await opened.screenshot('walkthrough-dark');
    await walkthrough.getByRole('button', { name: 'Try the Sample' }).click();
    const file = path.join(workspace, 'datasets', 'sample', datasetFileName);
    await until('the prepared sample', () => Promise.resolve(existsSync(file)));
    const record = datasetRecordSchema.parse(JSON.parse(await readFile(file, 'utf8')));
    assert.ok(record.images > 0 && record.identities.length > 1);
    await opened.treeItem(/^sample\b/).first().waitFor();
    const ticked = walkthrough.locator('.getting-started-step:has(.codicon-getting-started-step-checked)');
    await until('the three steps that are done to be ticked', async () => {
      const titles = (await ticked.allInnerTexts()).map((text) => text.split('\n')[0]);
      if (titles.join() === 'Choose photos,Find and align the faces,Install the engine') return true;
      throw new Error(`ticked are ${titles.join()}`);
    });
    assert.deepEqual(opened.ownErrors, []);
    assert.deepEqual([...opened.outsideHosts], []);
  });
});
