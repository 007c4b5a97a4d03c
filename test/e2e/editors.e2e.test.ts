import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { productRoot } from '../../src/base/product';
import { readDatasetRecord } from '../../src/dataset/dataset-reader';
import { RecordBrowser } from '../../src/dataset/tfrecord/record-browser';
import { readPairs } from '../../src/evaluation/pair-file';
import { createNetwork } from '../../src/network/mobilefacenet';
import { writeModelFolder } from '../../src/network/model-folder';
import { kmodelInspectionSchema, type KmodelInspection } from '../../src/protocol/kmodel-inspection';
import { runCli } from '../support/cli';
import { livelyWeights } from '../support/lively-weights';
import { Workbench, workbenchMissing } from '../support/workbench';
import { until } from '../support/workbench-wait';
import { FileListPage } from './file-list-page';
import { KmodelPage } from './kmodel-page';

const skip = workbenchMissing();
/** Real files for development; absent elsewhere. */
const realModels = path.join(productRoot(), '..', 'shared', 'data', 'kmodels');

let workspace = '';
let workbench: Workbench;
const inWorkspace = (...parts: string[]): string => path.join(workspace, ...parts);

before(async () => {
  if (skip !== false) return;
  workspace = await mkdtemp(path.join(tmpdir(), 'mobilefacenet-workspace-'));
  await cli('sample', inWorkspace('photos'), '--identities', '4', '--photos', '6', '--seed', '7');
  await cli('dataset', 'prepare', inWorkspace('photos'), '--out', inWorkspace('datasets', 'sample'), '--size', '64', '--seed', '7');
  const spec = createNetwork('k210-s', { imageSize: 64, alpha: 0.25, embeddingLength: 32 });
  await writeModelFolder(inWorkspace('runs-model'), spec, livelyWeights(spec), { title: 'tiny' });
  await mkdir(inWorkspace('models'));
  await cli('convert', inWorkspace('runs-model'), '--out', inWorkspace('models', 'face.kmodel'), '--calibrate', inWorkspace('datasets', 'sample'), '--faces', '12');
  await writeOtherModels();
  workbench = await Workbench.open(workspace);
});

after(async () => {
  if (skip !== false) return;
  await workbench?.close();
  await rm(workspace, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
});

/** Files that the viewer must explain. */
async function writeOtherModels(): Promise<void> {
  const model = await readFile(inWorkspace('models', 'face.kmodel'));
  await copyFile(inWorkspace('models', 'face.kmodel'), inWorkspace('models', 'alone.kmodel'));
  await writeFile(inWorkspace('models', 'truncated.kmodel'), model.subarray(0, 12_288));
  const version5 = Buffer.alloc(64);
  version5.write('LDMK', 'latin1');
  version5.writeUInt32LE(5, 4);
  await writeFile(inWorkspace('models', 'newer.kmodel'), version5);
  const bigEndian = Buffer.alloc(64);
  bigEndian.writeUInt32BE(3, 0);
  await writeFile(inWorkspace('models', 'big-endian.kmodel'), bigEndian);
  if (existsSync(realModels)) await copyFile(path.join(realModels, 'v4-face-detect-320x240.kmodel'), inWorkspace('models', 'detector-v4.kmodel'));
}

test('the viewer of a .kmodel shows what `kmodel inspect` tells, by keyboard too', { skip }, () =>
  workbench.attempt('kmodel', async () => {
    const page = new KmodelPage(workbench);
    const told = await inspected('face.kmodel');
    await page.open(inWorkspace('models', 'face.kmodel'));
    await page.rows.first().waitFor();
    await assertNumbers(page, told);
    await assertTable(page, told);
    assert.deepEqual(await workbench.accessibilityProblems(), []);
    await workbench.screenshots('kmodel');
    await assertSelection(page);

    await page.open(inWorkspace('models', 'alone.kmodel'));
    await page.rows.first().waitFor();
    assert.equal((await page.stat('likeness')).value, '–');
    assert.equal(await workbench.webview.getByText(/here there is none/).isVisible(), true);
    assert.deepEqual(workbench.ownErrors, []);
  }));

test('the viewer explains files that cannot be read, and shows them once they can', { skip }, () =>
  workbench.attempt('kmodel-problems', async () => {
    const page = new KmodelPage(workbench);
    for (const name of ['truncated.kmodel', 'newer.kmodel', 'big-endian.kmodel']) {
      const { json } = await runCli(['kmodel', 'inspect', inWorkspace('models', name)]);
      await page.open(inWorkspace('models', name));
      await page.problem.waitFor();
      const shown = (await page.problem.innerText()).replaceAll(/\s+/g, ' ');
      assert.ok(shown.startsWith(String(json['error'])), `${name}: ${shown}`);
    }
    assert.deepEqual(await workbench.accessibilityProblems(), []);
    await workbench.screenshots('kmodel-problem');

    await copyFile(inWorkspace('models', 'face.kmodel'), inWorkspace('models', 'big-endian.kmodel'));
    await page.rows.first().waitFor();

    if (existsSync(inWorkspace('models', 'detector-v4.kmodel'))) {
      await page.open(inWorkspace('models', 'detector-v4.kmodel'));
      await page.rows.first().waitFor();
      assert.equal((await page.table()).length > 10, true);
      assert.equal((await page.stat('time')).value, '–');
      await workbench.screenshot('kmodel-v4-dark');
    }
    assert.deepEqual(workbench.ownErrors, []);
    assert.deepEqual([...workbench.outsideHosts], []);
  }));

test('the viewer of records shows what is in the file, whole and damaged', { skip }, () =>
  workbench.attempt('records', async () => {
    const page = new FileListPage(workbench);
    const dataset = await readDatasetRecord(inWorkspace('datasets', 'sample'));
    const [shard] = dataset.shards;
    const file = inWorkspace('datasets', 'sample', shard?.file ?? '');
    const browser = await RecordBrowser.open(file);
    try {
      await page.open(file);
      assert.ok((await page.facts).startsWith(`${browser.count} records, ${dataset.identities.length} people`), await page.facts);
      await page.goTo(browser.count - 1);
      await page.waitForCursor(browser.count - 1);
      await page.tile(browser.count - 1).press('ArrowLeft');
      await page.waitForCursor(browser.count - 2);
      const record = await browser.read(browser.count - 2);
      const tile = page.tile(record.number);
      assert.ok((await tile.innerText()).startsWith(dataset.identities[browser.label(record.number)]?.name ?? 'nobody'));
      const picture = Buffer.from(record.features.find(({ name }) => name === 'image_raw')?.bytes ?? []).toString('base64');
      assert.equal(await tile.locator('img').getAttribute('src'), `data:image/jpeg;base64,${picture}`);
      await workbench.webview.getByText(`Record ${record.number}`, { exact: true }).waitFor();
      assert.deepEqual(await workbench.webview.locator('.features tbody tr td:first-child').allInnerTexts(), record.features.map(({ name }) => name));
      assert.deepEqual(await workbench.accessibilityProblems(), []);
      await workbench.screenshots('records');

      await workbench.webview.locator('#person').selectOption('1');
      const own = Array.from({ length: browser.count }, (_, number) => number).filter((number) => browser.label(number) === 1);
      await page.waitForCursor(own[0] ?? -1);
      await until('the records of one person alone', async () => {
        const shown = await page.tiles.evaluateAll((tiles) => tiles.map((tile) => Number((tile as unknown as { dataset: { number: string } }).dataset.number)));
        return shown.join() === own.join();
      });

      const { position, bytes } = await browser.read(2);
      const damaged = await readFile(file);
      damaged.writeUInt8(damaged.readUInt8(position + 12 + Math.floor(bytes / 2)) ^ 0xff, position + 12 + Math.floor(bytes / 2));
      await writeFile(inWorkspace('damaged.tfrecord'), damaged);
      await page.open(inWorkspace('damaged.tfrecord'));
      await page.damage.waitFor();
      assert.ok((await page.facts).startsWith(`${browser.count - 1} records`), await page.facts);
      assert.match(await page.damage.innerText(), new RegExp(`At byte ${position.toLocaleString('en')}: the checksum of its content is wrong`));
      await workbench.screenshot('records-damaged-dark');
    } finally {
      await browser.close();
    }
    assert.deepEqual(workbench.ownErrors, []);
  }));

test('the viewer of pairs shows them side by side and names missing photos', { skip }, () =>
  workbench.attempt('pairs', async () => {
    const page = new FileListPage(workbench);
    await cli('pairs', 'make', inWorkspace('photos'), '--out', inWorkspace('pairs.txt'), '--count', '8', '--seed', '3');
    const list = await readPairs(inWorkspace('pairs.txt'));
    const gone = list.pairs[0]?.a ?? '';
    await rename(inWorkspace('photos', gone), inWorkspace('moved-photo'));
    await workbench.openFile(inWorkspace('pairs.txt'));
    await workbench.page.locator('.monaco-editor').first().waitFor();
    await workbench.runCommand('MobileFaceNet: Open as Pairs');
    await page.waitFor('pairs.txt');
    assert.ok((await page.facts).startsWith(`${list.pairs.length} pairs`), await page.facts);
    for (const [number, { same }] of list.pairs.slice(0, 4).entries()) {
      assert.match(await page.tile(number).innerText(), same ? /Same person/ : /Different people/);
    }
    assert.match(await page.damage.innerText(), new RegExp(`One photo is not in this folder.\\s+${gone}`));
    await until('the photos to be drawn', async () => page.tile(1).locator('img').evaluateAll((images) => images.length === 2 && images.every((image) => (image as unknown as { naturalWidth: number }).naturalWidth > 0)));
    assert.deepEqual(await workbench.accessibilityProblems(), []);
    await workbench.screenshots('pairs');
    await workbench.webview.locator('[data-show="missing"]').click();
    const missing = list.pairs.flatMap(({ a, b }, number) => (a === gone || b === gone ? [number] : []));
    await until('only pairs with a missing photo', async () => (await page.tiles.count()) === missing.length);

    await rename(inWorkspace('moved-photo'), inWorkspace('photos', gone));
    assert.deepEqual(workbench.ownErrors, []);
  }));

test('a package shows what it writes to the flash, and a photo runs through a model', { skip }, () =>
  workbench.attempt('package', async () => {
    await cli('kfpkg', inWorkspace('face.kfpkg'), `${inWorkspace('models', 'face.kmodel')}@0x300000`);
    await workbench.openFile(inWorkspace('face.kfpkg'));
    await workbench.page.getByText('not displayed in the text editor').waitFor();
    await workbench.runCommand('MobileFaceNet: Inspect');
    await workbench.page.locator('.view-lines').getByText('"0x300000"').first().waitFor();
    await workbench.screenshot('package-dark');

    const page = new KmodelPage(workbench);
    await page.open(inWorkspace('models', 'face.kmodel'));
    await page.rows.first().waitFor();
    const [person = ''] = (await readdir(inWorkspace('photos'), { withFileTypes: true })).filter((entry) => entry.isDirectory()).map(({ name }) => name);
    const [photo = ''] = (await readdir(inWorkspace('photos', person))).filter((name) => /\.(jpg|png)$/.test(name));
    const file = inWorkspace('photos', person, photo);
    await workbench.runCommand('MobileFaceNet: Run on a Photo…');
    await workbench.chooseFile(file);
    await workbench.webview.locator('.photos').waitFor();
    const { json } = await runCli(['embed', inWorkspace('models', 'face.kmodel'), file]);
    const [told] = json['embeddings'] as { embedding: number[] }[];
    assert.deepEqual(JSON.parse((await workbench.webview.locator('.values').getAttribute('data-values')) ?? '[]'), told?.embedding);
    await workbench.screenshots('kmodel-photo');
    assert.deepEqual(workbench.ownErrors, []);
    assert.deepEqual([...workbench.outsideHosts], []);
  }));

async function assertNumbers(page: KmodelPage, told: KmodelInspection): Promise<void> {
  const { estimatedMs = NaN, cpuShare = NaN, kpuMemoryBytes = NaN, fileBytes, agreement } = told;
  assert.equal((await page.stat('time')).value, `${estimatedMs.toFixed(1)}ms`);
  assert.match((await page.stat('time')).note, /± 2 ×$/);
  assert.equal((await page.stat('cpu')).value, `${(cpuShare * 100).toFixed(0)}%`);
  assert.equal((await page.stat('memory')).value, `${(kpuMemoryBytes / 1024).toFixed(1)}KiB`);
  assert.equal((await page.stat('file')).value, `${(fileBytes / 1024).toFixed(1)}KiB`);
  assert.ok((await page.stat('file')).note.startsWith(`${fileBytes.toLocaleString('en')} B`));
  assert.equal((await page.stat('likeness')).value, agreement?.meanCosine.toFixed(3));
  const firmware = await workbench.webview.locator('.firmware li').evaluateAll((items) => items.map((item) => (item as unknown as { dataset: { loads: string } }).dataset.loads));
  assert.deepEqual(firmware, told.firmware.map(({ loads }) => String(loads)));
}

/** Rows cover each layer once, and their times add up to the estimate. */
async function assertTable(page: KmodelPage, told: KmodelInspection): Promise<void> {
  const rows = await page.table();
  assert.ok(rows.length < told.layers.length, 'repeats are folded');
  const ranges = rows.map(([number = '']) => number.split('–').map(Number));
  const covered = ranges.flatMap(([first = 0, last = first]) => Array.from({ length: last - first + 1 }, (_, index) => first + index));
  assert.deepEqual(covered, told.layers.map(({ index }) => index));
  const expected = ranges.map(([first = 0, last = first]) => told.layers.slice(first, last + 1).reduce((sum, { estimatedMs = 0 }) => sum + estimatedMs, 0));
  assert.deepEqual(rows.map((cells) => cells[6]), expected.map((value) => `${value.toFixed(2)} ms`));
}

/** A group opens and closes by keys, and what is selected is lit in the memory map. */
async function assertSelection(page: KmodelPage): Promise<void> {
  const group = workbench.webview.locator('table.layers tr.group').first();
  await group.click();
  const folded = await page.rows.count();
  const [first = 0, last = 0] = ((await group.locator('td').first().innerText()).split('–')).map(Number);
  const layers = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  await until('the layers of the group to be lit', async () => (await page.litLayers()).join() === layers.join());
  await workbench.page.keyboard.press('ArrowRight');
  await until('the group to open', async () => (await page.rows.count()) === folded + layers.length);
  await workbench.page.keyboard.press('ArrowDown');
  await until('its first layer alone to be lit', async () => (await page.litLayers()).join() === String(first));
  await workbench.screenshot('kmodel-group-dark');
  await workbench.page.keyboard.press('ArrowLeft');
  await workbench.page.keyboard.press('ArrowLeft');
  await until('the group to close', async () => (await page.rows.count()) === folded);

  await workbench.webview.locator('#memory-map .block[data-birth="0"]').first().click();
  assert.deepEqual(await workbench.webview.locator('table.layers tr[aria-selected="true"]').evaluateAll((rows) => rows.map((row) => (row as unknown as { dataset: { layer: string } }).dataset.layer)), ['0']);
}

async function inspected(name: string): Promise<KmodelInspection> {
  const { json } = await runCli(['kmodel', 'inspect', inWorkspace('models', name)]);
  return kmodelInspectionSchema.parse(json);
}

async function cli(...args: string[]): Promise<void> {
  const { code, stderr } = await runCli(args);
  assert.equal(code, 0, stderr);
}
