import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { bundlePath } from '../../src/base/product';
import { auditReportSchema } from '../../src/dataset/audit/audit-artifact';
import { datasetRecordSchema } from '../../src/dataset/dataset-artifact';
import { leaveOutListOf } from '../../src/dataset/quarantine';
import { Workbench, workbenchMissing } from '../support/workbench';
import { until } from '../support/workbench-wait';
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

test('the explorer shows photos, walks by keys, checks, leaves out by a list and prepares without what was left out', { skip }, () =>
  workbench.attempt('explorer', async () => {
    const page = new ExplorerPage(workbench);
    await workbench.openViewContainer('MobileFaceNet Studio');
    await workbench.treeItem(/^team-photos\b/).first().waitFor();
    await openPersonFromTree();
    await page.waitUntilShown();
    assert.match(await page.cursorLabel(), /^person-003, photo 1 of 9/);
    assert.equal(await page.frame.locator('.group-head:visible b').count(), 1, 'the person of the tree alone is shown');
    await page.frame.locator('#search').fill('');
    await page.tile(/^person-004, photo 1 of/).waitFor();
    await page.walk(['Control+Home'], /^person-004, photo 1 of 10/);
    await page.waitForLook('person-004/001.jpg');
    await workbench.screenshots('explorer');
    assert.deepEqual(await workbench.accessibilityProblems(), []);

    await reachTabsInNarrowColumn(page);
    await walkByKeys(page);
    await leaveOutAndUndo(page);
    await reviewDuplicates(page);
    await splitPeople(page);
    await prepareFromFileExplorer();

    assert.deepEqual(workbench.ownErrors, []);
    assert.deepEqual([...workbench.outsideHosts], []);
  }));

/** A person of the tree opens the explorer with the person's photos. */
async function openPersonFromTree(): Promise<void> {
  await workbench.treeItem(/^team-photos\b/).first().locator('.monaco-tl-twistie').click();
  await workbench.treeItem(/^person-003/).first().click();
}

/** An arrow shows where more tabs are than fit, and goes there. */
async function reachTabsInNarrowColumn(page: ExplorerPage): Promise<void> {
  const [before, after] = [page.frame.locator('.beyond.before'), page.frame.locator('.beyond.after')];
  const shown = async (): Promise<boolean[]> => [await before.isVisible(), await after.isVisible()];
  assert.deepEqual(await shown(), [false, false], 'all tabs fit into a usual column');
  await workbench.inNarrowColumn(async () => {
    await until('the arrow to the tabs that do not fit', async () => (await shown()).join() === 'false,true');
    await until('the last tab', async () => {
      if (await after.isVisible()) await after.click();
      return after.isHidden();
    });
    await workbench.screenshot('explorer-narrow-tabs-dark');
    await until('the arrow back', async () => (await shown()).join() === 'true,false');
    await page.tab('Photos').focus();
    await until('the first tab', async () => (await shown()).join() === 'false,true');
  });
}

async function walkByKeys(page: ExplorerPage): Promise<void> {
  await page.walk(['ArrowRight', 'ArrowRight'], /person-004, photo 3 of 10/);
  await page.walk(['Home'], /person-004, photo 1 of 10/);
  await page.walk(['Control+End'], new RegExp(`photo ${photosEach} of ${photosEach}: 00${photosEach}`));
  await page.walk(['ArrowRight'], new RegExp(`photo ${photosEach} of ${photosEach}`));
  await page.walk(['PageUp'], /photo \d of 9/);
  await page.walk(['Control+Home', 'ArrowDown', 'ArrowUp'], /person-004, photo 1 of 10/);
  await page.walk(['Space', 'Shift+ArrowRight', 'Shift+ArrowRight'], /person-004, photo 3 of 10/);
  assert.equal(await page.grid.locator('[aria-selected="true"]').count(), 3);
  assert.equal(await page.grid.locator('[tabindex="0"]').count(), 1, 'one tile takes the focus');
}

async function leaveOutAndUndo(page: ExplorerPage): Promise<void> {
  await page.button('Leave Out 3 Photos').waitFor();
  await workbench.page.keyboard.press('Delete');
  const names = ['person-004/001.jpg', 'person-004/002.jpg', 'person-004/003.jpg'];
  await until('the list of three photos', async () => (await leftOut()).join() === names.join());
  await page.grid.locator('.tile.out').nth(2).waitFor();
  await workbench.page.keyboard.press('Control+z');
  await until('the list to be gone again', async () => !existsSync(path.join(photos, 'leave-out.txt')));
  await page.walk(['c'], /checked/);
  assert.match(await readFile(path.join(photos, 'checked.txt'), 'utf8'), /^person-004\/003\.jpg\t#/m);
  await workbench.page.keyboard.press('Control+z');
  await until('the mark to be gone again', async () => !existsSync(path.join(photos, 'checked.txt')));
}

async function reviewDuplicates(page: ExplorerPage): Promise<void> {
  await page.tab('Duplicates').click();
  await copyFile(path.join(photos, 'person-006', '001.jpg'), path.join(photos, 'person-006', 'late.jpg'));
  await page.button('Check Dataset').click();
  await page.frame.locator('.d').nth(1).waitFor();
  assert.equal(await page.frame.locator('.d').nth(1).locator('.copy').count(), 3, 'a photo that came after the explorer was opened is there too');
  const report = auditReportSchema.parse(JSON.parse(await readFile(path.join(workspace, 'datasets', 'team-photos.audit.json'), 'utf8')));
  assert.deepEqual(report.duplicates.map(({ kind }) => kind), ['two-people', 'exact']);
  await page.frame.locator('.d').first().focus();
  await workbench.page.keyboard.press('2');
  await workbench.screenshots('duplicates');
  assert.deepEqual(await workbench.accessibilityProblems(), []);
  await page.button('Select All but the Best').click();
  await page.button('Leave Out 4 Photos').click();
  await until('the copies in the list', async () => (await leftOut()).length === 4);
  assert.deepEqual(new Set(await leftOut()), new Set(report.leaveOut.map(({ photo }) => photo)));
  await page.frame.getByText('No duplicates. Nothing to review.').waitFor();
  await workbench.treeItem(/^person-006.*2 left out/).first().waitFor();
  await workbench.screenshot('dataset-tree-dark');
}

async function splitPeople(page: ExplorerPage): Promise<void> {
  await page.tab('Split and pairs').click();
  await page.frame.getByLabel('Hold out').fill('3');
  await page.button('Make Split').click();
  await page.frame.getByText('3 people held out, 11 people train.').waitFor();
  await workbench.screenshot('split-dark');
  assert.equal((await heldOutNames()).length, 3);
  await page.tab('Photos').click();
}

/** The menu of the folder in the editor's own file explorer. */
async function prepareFromFileExplorer(): Promise<void> {
  await workbench.openViewContainer('Explorer');
  await workbench.chooseFromMenu(workbench.treeItem(/^team-photos/).first(), 'Prepare Dataset');
  const file = path.join(workspace, 'datasets', 'team-photos', 'dataset.json');
  await until('the prepared dataset', async () => existsSync(file));
  const record = datasetRecordSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  assert.equal(record.images, people * photosEach - 1, 'neither the copy is in it nor the photo that lies with two people');
  assert.deepEqual(new Set(record.identities.filter(({ heldOut }) => heldOut).map(({ name }) => name)), new Set(await heldOutNames()));
}

async function leftOut(): Promise<string[]> {
  return [...((await leaveOutListOf(photos))?.photos ?? [])];
}

async function heldOutNames(): Promise<string[]> {
  return (await readFile(path.join(workspace, 'datasets', 'team-photos.held-out.txt'), 'utf8')).trim().split('\n');
}
