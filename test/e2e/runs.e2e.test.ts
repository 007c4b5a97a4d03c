import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { defaultRecipe } from '../../src/training/recipe/presets';
import { FakeTrainingJob } from '../support/fake-training-job';
import { testRecord, testStep } from '../support/run-samples';
import { Workbench, workbenchMissing } from '../support/workbench';
import { until } from '../support/workbench-wait';
import { TrainingPage, readRun } from './training-page';

const skip = workbenchMissing();
const brokenRecipe = defaultRecipe('softmax');
let workspace = '';
let workbench: Workbench;

before(async () => {
  if (skip !== false) return;
  workspace = await mkdtemp(path.join(tmpdir(), 'mobilefacenet-workspace-'));
  const runs = path.join(workspace, 'runs');
  for (const name of ['r01', 'r03', 'r04']) await new FakeTrainingJob(path.join(runs, name), { steps: 60, stepMs: 0 }).run();
  await new FakeTrainingJob(path.join(runs, 'r02'), { steps: 40, stepMs: 0, parent: { run: path.join(runs, 'r01'), step: 50 } }).run();
  await writeBrokenRun(path.join(runs, 'r05'));
  await writeDataset(path.join(workspace, 'datasets', 'sample'));
  workbench = await Workbench.open(workspace);
});

after(async () => {
  if (skip !== false) return;
  await workbench?.close();
  await rm(workspace, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
});

test('runs are starred, renamed, compared, exported and forked, and a fork finds its renamed parent', { skip }, () =>
  workbench.attempt('runs', async () => {
    const runs = path.join(workspace, 'runs');
    const page = new TrainingPage(workbench);
    await workbench.openViewContainer('MobileFaceNet Studio');
    await workbench.treeItem(/^r01\b/).waitFor();

    await workbench.treeItem(/^r01\b/).click();
    await page.waitForPoints(60);
    await star('r01');
    await workbench.treeItem(/^r01\b.*★/).waitFor();

    await rename('r01', 'softmax best');
    await until('the new folder', () => Promise.resolve(existsSync(path.join(runs, 'softmax best', 'run.json'))));
    assert.equal(existsSync(path.join(runs, 'r01')), false);
    // The records of relatives are written after the folder has its new name.
    await until('the new name in the fork', async () => (await readRun(path.join(runs, 'r02'))).parent?.name === 'softmax best');
    const { parent } = await readRun(path.join(runs, 'r02'));
    assert.deepEqual([parent?.run, parent?.name, parent?.step], ['../softmax best', 'softmax best', 50]);
    await workbench.treeItem(/^softmax best\b.*★/).waitFor();
    await workbench.treeItem(/^step 50\b/).waitFor();

    await workbench.treeItem(/^r02\b/).click();
    await until('the fork with its parent', async () => (await page.pointsByRun())['softmax best'] === 60);
    await workbench.webview.locator('#add-run').click();
    await workbench.quickPickMany(['r03', 'r04']);
    await until('four runs in the charts', async () => Object.keys(await page.pointsByRun()).length === 4);
    await until('all their points', async () => isDeepStrictEqual(await page.pointsByRun(), { 'r04': 60, 'r03': 60, 'softmax best': 60, 'r02': 40 }));
    await workbench.webview.locator('#more-charts summary').click();
    await workbench.webview.locator('#rate-chart').waitFor();
    assert.deepEqual(await workbench.accessibilityProblems(), []);
    await workbench.screenshots('runs-compared');

    await saveFrom('Charts as SVG…', path.join(workspace, 'charts.svg'));
    const svg = await readFile(path.join(workspace, 'charts.svg'), 'utf8');
    assert.match(svg, /^<svg [^>]*>[^]*softmax best[^]*<\/svg>\n$/);
    assert.doesNotMatch(svg, /var\(|NaN/);
    await saveFrom('Points as CSV…', path.join(workspace, 'points.csv'));
    // The file is there before its rows are.
    await until('all points', async () => (await readFile(path.join(workspace, 'points.csv'), 'utf8')).split('\r\n').length === 1 + 40 + 60 + 60 + 60 + 1);

    await workbench.reload();
    await until('the added runs after a reload', async () => Object.keys(await page.pointsByRun()).length === 4);
    await workbench.webview.getByRole('button', { name: 'Remove r04 from the charts' }).click();
    await until('three runs in the charts', async () => Object.keys(await page.pointsByRun()).length === 3);

    await workbench.webview.locator('#loss-chart').focus();
    await workbench.page.keyboard.press('Enter');
    await workbench.webview.getByRole('menuitem', { name: 'Fork from Here…' }).click();
    await workbench.webview.getByRole('heading', { name: 'Resume r02 with ArcFace' }).waitFor();

    await workbench.treeItem(/^r05\b/).click();
    const setting = workbench.webview.getByRole('button', { name: 'learningRate.initial' });
    await setting.waitFor();
    assert.deepEqual(await workbench.accessibilityProblems(), []);
    await setting.scrollIntoViewIfNeeded();
    await workbench.screenshot('finding-dark');
    await setting.press('Enter');
    const text = JSON.stringify(brokenRecipe, null, 2);
    const lines = text.slice(0, text.indexOf('"initial"')).split('\n').length;
    const value = String(brokenRecipe.learningRate.initial);
    await workbench.page.locator('.statusbar-item', { hasText: new RegExp(`^Ln ${lines}, Col \\d+ \\(${value.length} selected\\)$`) }).waitFor();
    await workbench.page.getByRole('tab', { name: /^r05\.recipe\.json/ }).waitFor();
    await workbench.screenshot('finding-recipe-dark');
    const recipe = path.join(workspace, 'r05.recipe.json');
    assert.equal(existsSync(recipe), false, 'nothing is written before it is saved');
    await workbench.page.keyboard.type('0.0006');
    await workbench.page.locator('.editor-actions').getByRole('button', { name: 'Train…' }).click();
    await workbench.quickPick('K210 Small');
    await workbench.page.getByText(/^Epochs: /).waitFor();
    assert.equal(existsSync(recipe), false, 'nothing is written while questions are open');
    await workbench.quickInput('1');
    const changed = JSON.stringify({ ...brokenRecipe, learningRate: { ...brokenRecipe.learningRate, initial: 0.0006 } }, null, 2);
    await until('the recipe as it was changed', async () => existsSync(recipe) && (await readFile(recipe, 'utf8')) === `${changed}\n`);

    assert.deepEqual(workbench.ownErrors, []);
    assert.deepEqual([...workbench.outsideHosts], []);
  }));

/** Enough to be offered for a training, which does not get beyond its first look at it. */
async function writeDataset(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'dataset.json'), JSON.stringify({
    format: 1, toolVersion: '', createdAt: '', fingerprint: 'a'.repeat(64), imageSize: 112, template: 'arcface-112', landmarks: '', seed: 1, shards: [], images: 0, identities: [],
  }));
}

/** A run whose loss is no number any more, with the recipe that it followed. */
async function writeBrokenRun(folder: string): Promise<void> {
  await mkdir(folder);
  await writeFile(path.join(folder, 'run.json'), JSON.stringify(testRecord({ name: path.basename(folder), state: 'failed', recipe: brokenRecipe })));
  const steps = Array.from({ length: 60 }, (_, index) => testStep(index + 1, index < 50 ? {} : { loss: null }));
  await writeFile(path.join(folder, 'events.jsonl'), steps.map((event) => `${JSON.stringify(event)}\n`).join(''));
}

async function choose(run: string, item: string): Promise<void> {
  await workbench.chooseFromMenu(workbench.treeItem(new RegExp(`^${run}\\b`)), item);
}

async function star(run: string): Promise<void> {
  await choose(run, 'Star');
}

/** By its key, as in the explorer. */
async function rename(run: string, name: string): Promise<void> {
  await workbench.treeItem(new RegExp(`^${run}\\b`)).click();
  await workbench.page.keyboard.press('F2');
  await workbench.quickInput(name);
}

/** Through the page's menu and the workbench's own dialog for files. */
async function saveFrom(item: string, file: string): Promise<void> {
  await workbench.webview.locator('#export').click();
  await workbench.webview.getByRole('menuitem', { name: item }).click();
  await workbench.answerFileDialog(file);
  // Another folder than the suggested one is shown first; the name stays.
  const confirm = workbench.page.locator('.quick-input-widget:visible').getByRole('button', { name: 'OK', exact: true });
  await until(`the file ${path.basename(file)}`, async () => {
    // While the dialog reads a folder a press is lost.
    if (!existsSync(file)) await confirm.click({ timeout: 1_000 }).catch(() => undefined);
    return existsSync(file);
  });
}
