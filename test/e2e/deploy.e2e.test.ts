import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import { factoryImage } from '../../src/board/emulator/boot-image';
import { readPackage } from '../../src/board/image/kfpkg';
import { startEmulatedBoard, type EmulatedBoard } from '../support/board/emulated-board';
import { modelBytes } from '../support/board/deploy-trial';
import { smallFaceModel, smallFacts, smallSide } from '../support/board/small-face-model';
import { patternBytes } from '../support/board/repl-bench';
import { runCli } from '../support/cli';
import { Workbench, workbenchMissing } from '../support/workbench';
import { until } from '../support/workbench-wait';
import { DeployPage } from './deploy-page';
import { TerminalPage } from './terminal-page';
import { readRun, readSteps } from './training-page';

const skip = workbenchMissing();
const place = 0x300000;
/** Written for ten seconds and more, so that it is seen and stopped on a busy machine, too. */
const modelLength = 1_500_001;

let workspace = '';
let workbench: Workbench;
let board: EmulatedBoard;
const file = (name: string): string => path.join(workspace, name);

before(async () => {
  if (skip !== false) return;
  workspace = await mkdtemp(path.join(tmpdir(), 'mobilefacenet-deploy-'));
  const model = Buffer.from(modelBytes(modelLength, 1));
  model.set([3, 0, 0, 0]);
  await writeFile(file('team-r09.kmodel'), model);
  await writeFile(file('face.kmodel'), smallFaceModel());
  await writeFile(file('face.json'), JSON.stringify(smallFacts()));
  await sharp(patternBytes(smallSide * smallSide * 3, 9), { raw: { width: smallSide, height: smallSide, channels: 3 } }).png().toFile(file('crop.png'));
  await mkdir(file('.vscode'));
  await writeFile(file('.vscode/tasks.json'), JSON.stringify({ version: '2.0.0', tasks: deployTasks() }));
  board = await startEmulatedBoard(['--link', file('board'), '--flash', file('flash.bin'), '--real-time']);
  workbench = await Workbench.open(workspace);
});

after(async () => {
  if (skip !== false) return;
  await workbench?.close();
  board?.kill();
  await rm(workspace, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
});

test('a model goes over the panel to a board, an overlap and a silent board are said, and the flash holds every byte', { skip }, () =>
  workbench.attempt('deploy', async () => {
    const page = new DeployPage(workbench);
    await workbench.openViewContainer('MobileFaceNet Studio');
    await workbench.runCommandAndPick('MobileFaceNet: Deploy to Board…', 'team-r09.kmodel');
    await page.action('deploy').waitFor();
    await page.action('other-port').click();
    await workbench.quickInput(file('board'));
    await page.port('board').waitFor();
    await page.action('ask').click();
    await page.port('answers as K210').waitFor();

    await page.place.fill('0x40000');
    await page.verdict.getByText('0x40000 would overwrite 428 KiB of the firmware.').waitFor();
    assert.equal(await page.action('deploy').getAttribute('title'), 'Choose a free address first');
    await workbench.screenshots('deploy-overlap');
    assert.deepEqual(await workbench.accessibilityProblems(), []);
    await page.action('use').click();
    await page.verdict.getByText('No overlap.').waitFor();

    await page.action('deploy').click();
    await page.waitForState(/Uploading/);
    await page.action('cancel').click();
    await workbench.page.locator('.monaco-dialog-box').getByRole('button', { name: 'Stop Writing' }).click();
    await page.waitForState(/Cancelled/);
    assert.match(await page.error.innerText(), /The deploy to \S+ was cancelled\.\s.*0x300000.* The board was started again\.\s+K2-CANCELLED/s);
    await workbench.screenshots('deploy-cancelled');
    assert.deepEqual(await workbench.accessibilityProblems(), []);

    await page.action('deploy').click();
    await page.waitForState(/Uploading/);
    await workbench.screenshot('deploy-uploading-dark');
    await page.waitForState(/Verified on the board/);
    const { convert, check, upload, verify } = await page.steps();
    assert.deepEqual({ convert, check, upload, verify }, { convert: 'skipped', check: 'done', upload: 'done', verify: 'done' });
    assert.match(await page.step('verify').innerText(), /CRC-32 of every block/);
    await workbench.screenshots('deploy-done');
    assert.deepEqual(await workbench.accessibilityProblems(), []);

    assert.equal(await board.stop(), 0, board.log());
    const expected = Buffer.alloc(1 << 24, 0xff);
    expected.set(factoryImage());
    expected.set(await readFile(file('team-r09.kmodel')), place);
    assert.ok((await readFile(file('flash.bin'))).equals(expected), 'the flash has the model, and nothing else changed');

    board = await startEmulatedBoard(['--link', file('board'), '--flash', file('flash-2.bin'), '--fault', 'stub-silent']);
    // For a moment there was no board.
    await page.enabledAction('deploy').click();
    await page.waitForState(/Stopped at check/);
    assert.match(await page.error.innerText(), /K2-STUB-SILENT/);
    await page.action('bytes').click();
    await workbench.screenshots('deploy-error');
    assert.deepEqual(await workbench.accessibilityProblems(), []);

    assert.deepEqual(workbench.ownErrors, []);
    assert.deepEqual([...workbench.outsideHosts], []);
  }));

test('the monitor lends its port to a deploy with its program, and a photo comes out of the board as out of the simulator', { skip }, () =>
  workbench.attempt('deploy-monitor', async () => {
    await changeBoard(file('flash-3.bin'));
    const page = new DeployPage(workbench);
    const terminal = new TerminalPage(workbench);
    await workbench.runCommandAndPick('MobileFaceNet: Deploy to Board…', 'face.kmodel');
    await page.action('save-package').click();
    await workbench.answerFileDialog(file('face.kfpkg'));
    await until('the package', async () => existsSync(file('face.kfpkg')));
    await workbench.page.getByText('Saved face.kfpkg.').first().waitFor();
    const [packed, ...others] = readPackage(await readFile(file('face.kfpkg')), 'face.kfpkg');
    assert.deepEqual([packed?.address, packed?.isFirmware, others.length], [place, false, 0]);
    assert.ok(Buffer.from(packed?.bytes ?? []).equals(await readFile(file('face.kmodel'))), 'the package has the model as it is');

    await workbench.runCommandAndPick('MobileFaceNet: Open Serial Monitor', 'board');
    await terminal.waitFor(/Following \S+board\./);
    await terminal.ask('print(6*7)', /^\d\d:\d\d:\d\d\.\d{3} 42$/m);
    await workbench.screenshot('monitor-dark');

    await page.target('file').click();
    await page.place.fill('/sd/face.kmodel');
    await until('the program to be offered', () => page.checkbox('With the program for the camera').isChecked());
    await page.action('choose-photo').click();
    await workbench.answerFileDialog(file('crop.png'));
    await page.checkbox('Find and align the face').click();
    await until('the photo to be taken as it is', async () => !(await page.checkbox('Find and align the face').isChecked()));
    await page.action('deploy').click();
    await page.waitForState(/Running on the board/);
    await page.photo.getByText('equal', { exact: true }).waitFor();
    assert.match(await page.photo.innerText(), /largest difference 0\.0000/);
    await workbench.screenshots('deploy-photo');
    assert.deepEqual(await workbench.accessibilityProblems(), []);

    await terminal.waitFor(/The port is lent to a photo\.[^]*Following \S+board\./);
    assert.doesNotMatch(await terminal.text(), /has ended|Stopping/, 'a port that is lent is not an end');
    const { length } = await readFile(file('face.kmodel'));
    await terminal.ask("import os; print('there:', os.stat('/sd/face.kmodel')[6], 'main.py' in os.listdir('/sd'))", new RegExp(`^\\S+ there: ${length} True$`, 'm'));
    assert.deepEqual(workbench.ownErrors, []);
    assert.deepEqual([...workbench.outsideHosts], []);
  }));

test('tasks deploy a package, prepare photos and train, and one that is ended stops in good order', { skip }, () =>
  workbench.attempt('tasks', async () => {
    await changeBoard(file('flash-4.bin'));
    const terminal = new TerminalPage(workbench);
    await runTask('Deploy face.kfpkg');
    await terminal.waitFor(/Verified: /);
    assert.equal(await board.stop(), 0, board.log());
    const model = await readFile(file('face.kmodel'));
    assert.ok((await readFile(file('flash-4.bin'))).subarray(place, place + model.length).equals(model), 'the flash has the model');

    const sample = await runCli(['sample', file('photos'), '--identities', '4', '--photos', '6', '--seed', '7']);
    assert.equal(sample.code, 0, sample.stderr);
    await runTask('prepare photos');
    await until('the dataset', async () => existsSync(file('datasets/photos/dataset.json')));
    await runTask('train datasets/photos');
    await until('the run', async () => existsSync(file('runs/task/events.jsonl')));
    await terminal.waitFor(/step/i);
    await workbench.screenshot('task-training-dark');
    await workbench.treeItem(/^photos\b/).first().waitFor();
    await workbench.treeItem(/^task\b/).first().waitFor();
    await workbench.runCommandAndPick('Tasks: Terminate Task', 'train datasets/photos');
    await until('the end of the run', async () => (await readRun(file('runs/task'))).state === 'stopped');
    const steps = (await readSteps(file('runs/task'))).length;
    const checkpoints = (await readdir(file('runs/task/checkpoints'))).map(Number);
    assert.ok(steps > 0 && checkpoints.includes(steps), `a checkpoint of step ${steps} is among ${checkpoints.join()}`);
    assert.deepEqual(workbench.ownErrors, []);
    assert.deepEqual([...workbench.outsideHosts], []);
  }));

/** Another board at the same port: one that was pulled leaves its link behind. */
async function changeBoard(flash: string): Promise<void> {
  board.kill();
  await rm(file('board'), { force: true });
  board = await startEmulatedBoard(['--link', file('board'), '--flash', flash]);
}

/** As somebody has them in a project; the folder of the result is told so that it is found. */
function deployTasks(): readonly object[] {
  return [
    { type: 'mobilefacenet', task: 'deploy', file: 'face.kfpkg', port: file('board'), label: 'Deploy face.kfpkg' },
    { type: 'mobilefacenet', task: 'prepare', photos: 'photos', args: ['--size', '64'], label: 'prepare photos' },
    { type: 'mobilefacenet', task: 'train', dataset: 'datasets/photos', network: 'k210-s', epochs: 5000, out: 'runs/task', args: ['--batch', '8'], label: 'train datasets/photos' },
  ];
}

async function runTask(label: string): Promise<void> {
  await workbench.runCommandAndPick('Tasks: Run Task', label);
}
