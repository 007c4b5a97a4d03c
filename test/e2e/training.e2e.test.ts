import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { bundlePath } from '../../src/base/product';
import { eventsOf } from '../support/training-runs';
import { Workbench, workbenchMissing } from '../support/workbench';
import { until } from '../support/workbench-wait';
import { ResumePage } from './resume-page';
import { TrainingPage, readRun, readSteps } from './training-page';

const run = promisify(execFile);
const prepareLimitMs = 3 * 60_000;
const skip = workbenchMissing();

let workspace = '';
let workbench: Workbench;

before(async () => {
  if (skip !== false) return;
  workspace = await mkdtemp(path.join(tmpdir(), 'mobilefacenet-workspace-'));
  await cli('sample', path.join(workspace, 'photos'), '--identities', '12', '--photos', '20', '--seed', '7');
  await cli('dataset', 'prepare', path.join(workspace, 'photos'), '--out', path.join(workspace, 'datasets', 'sample'), '--seed', '7');
  await mkdir(path.join(workspace, '.vscode'));
  await writeFile(path.join(workspace, '.vscode', 'settings.json'), JSON.stringify({ 'files.autoSave': 'off' }));
  await writeFile(ownRecipe(), '{ "extends": "softmax", "seed": 1 }');
  workbench = await Workbench.open(workspace);
});

after(async () => {
  if (skip !== false) return;
  await workbench?.close();
  await rm(workspace, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
});

test('a training started from the palette streams its loss, survives a reload and goes on with ArcFace', { skip }, () =>
  workbench.attempt('training', async () => {
    const page = new TrainingPage(workbench);

    await workbench.openViewContainer('MobileFaceNet Studio');
    await workbench.treeItem(/^sample\b/).first().waitFor();
    await changeRecipe();
    await startTraining();
    const softmax = await newRun([]);
    const { seed } = (await readRun(softmax)).recipe as { seed: number };
    assert.deepEqual([seed, await readFile(ownRecipe(), 'utf8')], [12, '{ "extends": "softmax", "seed": 12 }'], 'what the editor showed is saved and trained with');
    await page.waitForPoints(20);
    await workbench.screenshot('training-running-dark');
    await assertValuesMatch(page, softmax, 20);

    const beforeReload = await page.points();
    await workbench.reload();
    await page.waitForPoints(beforeReload + 1);

    await page.waitForState(/Finished/);
    assert.equal((await eventsOf(softmax)).filter(({ kind }) => kind === 'start').length, 1, 'the reload must not touch the job');
    const { lastStep } = await readRun(softmax);
    await until('the last step on the chart', async () => (await page.lastStep()) === lastStep);
    assert.equal((await readSteps(softmax)).length, lastStep, 'every step is in events.jsonl once');
    await assertValuesMatch(page, softmax, lastStep);
    assert.equal(await page.verticalLines(), 0, 'no head switch yet');
    await workbench.screenshot('training-finished-dark');

    await resumeWithArcface();
    const arcface = await newRun([softmax]);
    const { head, parent, firstStep, recipe } = await readRun(arcface);
    assert.equal(head, 'arcface');
    const chosen = recipe as { epochs: number; head: { margin: number; marginWarmUpEpochs: number; scale: unknown }; learningRate: { initial: number } };
    assert.deepEqual([chosen.epochs, chosen.head.margin, chosen.head.marginWarmUpEpochs, chosen.head.scale, chosen.learningRate.initial], [4, 0.5, 2, 'adacos', 0.002]);
    assert.equal(parent?.head, 'softmax');
    assert.ok(firstStep > 0 && firstStep <= lastStep, `ArcFace goes on from a step of its parent, not from ${firstStep}`);
    await until('both curves in one chart', async () => {
      const drawn = await page.pointsByRun();
      return (drawn[path.basename(softmax)] ?? 0) >= 20 && (drawn[path.basename(arcface)] ?? 0) >= 5;
    });
    await until('the head switch to be marked on the curve', async () => (await page.verticalLines()) === 1);
    const facts = workbench.webview.getByText(`forked from ${path.basename(softmax)} at step ${firstStep}`);
    assert.equal(await facts.first().isVisible(), true);
    await workbench.screenshot('arcface-running-dark');
    await workbench.useTheme('light');
    await workbench.screenshot('arcface-running-light');

    assert.deepEqual(workbench.ownErrors, []);
    assert.deepEqual([...workbench.outsideHosts], []);
  }));

function ownRecipe(): string {
  return path.join(workspace, 'own.recipe.json');
}

/** Its seed is 12 from now on, in the editor alone. */
async function changeRecipe(): Promise<void> {
  await workbench.openFile(ownRecipe());
  await workbench.page.locator('.view-line', { hasText: 'seed' }).click();
  for (const key of ['End', 'ArrowLeft', 'ArrowLeft', '2']) await workbench.page.keyboard.press(key);
  await workbench.page.locator('.tab.dirty', { hasText: 'own.recipe.json' }).waitFor();
}

/** The workspace has one dataset, so network, recipe and epochs are asked for. */
async function startTraining(): Promise<void> {
  await workbench.runCommandAndPick('MobileFaceNet: Train…', 'K210 Small');
  await workbench.quickPick('own.recipe.json');
  await workbench.quickInput('12');
}

/** One run allows it, so its page comes at once; what is chosen there is what the run is made with. */
async function resumeWithArcface(): Promise<void> {
  await workbench.runCommand('MobileFaceNet: Resume with ArcFace…');
  const page = new ResumePage(workbench);
  await page.title.waitFor();
  assert.equal(await page.chosen(), 'best', 'the best verification is chosen at first');
  assert.match(await page.fact('head'), /^ArcFace, \d+ × 128 weights \(was Softmax\)$/);
  assert.match(await page.expectation(), /steps take about .* at \d+ img\/s/);
  await page.fill('epochs', '4');
  await page.fill('over', '9');
  assert.equal(await page.startButton.getAttribute('aria-disabled'), 'true', 'a warm-up longer than the run cannot be started');
  await page.fill('over', '2');
  await page.fill('rate', '2e-3');
  assert.deepEqual(await workbench.accessibilityProblems(), []);
  await workbench.screenshots('resume');
  await page.startButton.click();
}

/** Folder of the run that appears besides the known ones. */
async function newRun(known: readonly string[]): Promise<string> {
  const parent = path.join(workspace, 'runs');
  const find = async (): Promise<string | undefined> => {
    if (!existsSync(parent)) return undefined;
    const folders = (await readdir(parent)).map((name) => path.join(parent, name));
    return folders.find((folder) => !known.includes(folder) && existsSync(path.join(folder, 'run.json')));
  };
  await until('the folder of the new run', async () => (await find()) !== undefined);
  return (await find()) ?? '';
}

/** Each value on the chart is the one that the job wrote, and there are at least `least`. */
async function assertValuesMatch(page: TrainingPage, folder: string, least: number): Promise<void> {
  const name = path.basename(folder);
  await until(`${least} values of ${name} in the table`, async () => (await page.lossValues()).filter((row) => row.run === name).length >= least);
  // What is drawn has been written before.
  const drawn = (await page.lossValues()).filter((row) => row.run === name);
  const written = new Map((await readSteps(folder)).map(({ step, loss }) => [step, loss]));
  assert.deepEqual(drawn.filter(({ step, value }) => written.get(step) !== value), []);
}

async function cli(...args: string[]): Promise<void> {
  await run(process.execPath, [bundlePath('cli.js'), ...args], { timeout: prepareLimitMs });
}
