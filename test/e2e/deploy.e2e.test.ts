import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { factoryImage } from '../../src/board/emulator/boot-image';
import { startEmulatedBoard, type EmulatedBoard } from '../support/board/emulated-board';
import { modelBytes } from '../support/board/deploy-trial';
import { Workbench, workbenchMissing } from '../support/workbench';
import { DeployPage } from './deploy-page';

const skip = workbenchMissing();
const deployLimitMs = 60_000;
const place = 0x300000;
/** Long enough to be seen while it is written. */
const modelLength = 300_001;

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
    await workbench.runCommand('MobileFaceNet: Deploy to Board…');
    await workbench.quickPick('team-r09.kmodel');
    await page.action('deploy').waitFor();
    await page.action('other-port').click();
    await workbench.quickInput(file('board'));
    await page.port('board').waitFor();
    await page.action('ask').click();
    await page.port('answers as K210').waitFor();

    await page.place.fill('0x40000');
    await page.verdict.getByText('0x40000 would overwrite 296 KiB of the firmware.').waitFor();
    assert.equal(await page.action('deploy').getAttribute('title'), 'Choose a free address first');
    await workbench.screenshots('deploy-overlap');
    assert.deepEqual(await workbench.accessibilityProblems(), []);
    await page.action('use').click();
    await page.verdict.getByText('No overlap.').waitFor();

    await page.action('deploy').click();
    await page.waitForState(/Uploading/, deployLimitMs);
    await workbench.screenshot('deploy-uploading-dark');
    await page.waitForState(/Verified on the board/, deployLimitMs);
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
    await page.waitForState(/Stopped at check/, deployLimitMs);
    assert.match(await page.error.innerText(), /K2-STUB-SILENT/);
    await page.action('bytes').click();
    await workbench.screenshots('deploy-error');
    assert.deepEqual(await workbench.accessibilityProblems(), []);

    assert.deepEqual(workbench.ownErrors, []);
    assert.deepEqual([...workbench.outsideHosts], []);
  }));
