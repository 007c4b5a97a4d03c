import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Workbench, workbenchMissing } from '../support/workbench';
import { until } from '../support/workbench-wait';
import { ComparePage } from './compare-page';
import { cli, makeCompareWorkspace } from './compare-workspace';

const skip = workbenchMissing();

let workspace = '';
let workbench: Workbench;
const inRun = (...names: string[]): string => path.join(workspace, 'runs', 'r01', ...names);

before(async () => {
  if (skip !== false) return;
  workspace = await mkdtemp(path.join(tmpdir(), 'mobilefacenet-compare-'));
  await makeCompareWorkspace(workspace);
  workbench = await Workbench.open(workspace);
});

after(async () => {
  if (skip !== false) return;
  await workbench?.close();
  await rm(workspace, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
});

test('a run is exported, converted and evaluated by its menu', { skip }, () =>
  workbench.attempt('export', async () => {
    await workbench.openViewContainer('MobileFaceNet Studio');
    await runItemMenu('r01', 'Export Model…');
    await chooseBestCheckpoint();
    await workbench.quickPick('ONNX');
    await workbench.answerFileDialog(inRun('r01.onnx'));
    await until('the ONNX file', async () => existsSync(inRun('r01.onnx')) && existsSync(inRun('r01.onnx.face.json')));
    await workbench.page.getByText('r01 is written as r01.onnx.').first().waitFor();
    // A file that can be read as a model again says so by being exported once more.
    assert.equal((await cli('export', inRun('r01.onnx'), '--format', 'tflite', '--out', path.join(workspace, 'again.tflite')))['imageSize'], 64);

    await runItemMenu('r01', 'Convert to .kmodel…');
    await chooseBestCheckpoint();
    await workbench.quickPick('8-bit weights');
    await workbench.answerFileDialog(inRun('r01.kmodel'));
    await until('the .kmodel', async () => existsSync(inRun('r01.json')));
    const inspected = await cli('kmodel', 'inspect', inRun('r01.kmodel'));
    assert.equal(inspected['version'], 3);

    await runItemMenu('r01', 'Evaluate…');
    await workbench.quickPick('Held-out people of sample');
    await until('the report', async () => existsSync(inRun('evaluation', 'float', 'report.html')));
    await workbench.webview.getByRole('heading', { name: 'Scores' }).waitFor();
    await workbench.screenshots('evaluation-report');
    const report = JSON.parse(await readFile(inRun('evaluation', 'float', 'report.json'), 'utf8')) as { pairs: number; model: string };
    assert.equal(report.pairs, 360);
    assert.equal(report.model, inRun());
    assert.deepEqual(workbench.ownErrors, []);
    assert.deepEqual([...workbench.outsideHosts], []);
  }));

test('two runs and a .kmodel are compared, and two photos are judged', { skip }, () =>
  workbench.attempt('compare', async () => {
    const page = new ComparePage(workbench);
    await workbench.runCommand('MobileFaceNet: Compare Runs');
    await until('three models in the table', async () => (await page.rows()).length === 3);
    await page.row('r01-arcface', 'float').getByRole('button', { name: 'Evaluate' }).click();
    await page.row('r01', '.kmodel').getByRole('button', { name: 'Evaluate' }).click();
    await until('three curves', async () => (await page.curves()) === 3);
    const headings = await page.headings();
    assert.deepEqual(['Form', 'Head', 'Steps', 'Accuracy', 'Head margin'].filter((column) => !headings.includes(column)), []);
    assert.ok(!headings.includes('Network'), 'columns that are alike are left out');

    await page.row('r01-arcface', 'float').focus();
    await page.threshold.focus();
    const before = Number(await page.threshold.inputValue());
    const saidBefore = await page.says.innerText();
    // Away from the nearer end, where it would accept the same pairs.
    const [key, change] = before > 0.5 ? (['ArrowLeft', -0.3] as const) : (['ArrowRight', 0.3] as const);
    for (let press = 0; press < 30; press++) await workbench.page.keyboard.press(key);
    await until('the moved threshold', async () => Math.abs(Number(await page.threshold.inputValue()) - (before + change)) < 0.0051);
    await until('what the threshold accepts', async () => (await page.says.innerText()) !== saidBefore);
    await workbench.screenshots('compare');
    assert.deepEqual(await workbench.accessibilityProblems(), []);

    await workbench.runCommand('View: Toggle Primary Side Bar Visibility');
    await workbench.page.setViewportSize({ width: 420, height: 900 });
    await until('only the table to scroll sideways in a narrow window', async () => workbench.webview.locator('main').evaluate((main) => {
      const { scrollWidth, clientWidth } = main as unknown as { scrollWidth: number; clientWidth: number };
      return clientWidth < 420 && scrollWidth <= clientWidth;
    }));
    await workbench.screenshot('compare-narrow');
    await workbench.page.setViewportSize({ width: 1280, height: 900 });

    const table = await page.save('Table as CSV', path.join(workspace, 'runs.csv'), (file) => workbench.answerFileDialog(file));
    const lines = table.trimEnd().split('\r\n');
    assert.equal(lines.length, 4);
    assert.match(lines[0] ?? '', /^Run,.*EER,Accuracy,.*Head margin/);
    const points = await page.save('Curve Points as CSV', path.join(workspace, 'roc-points.csv'), (file) => workbench.answerFileDialog(file));
    assert.match(points, /^run,form,far,tar,threshold\r\n/);
    assert.match(points, /r01-arcface,float,1,1,/);
    const curves = await page.save('Curves as SVG', path.join(workspace, 'curves.svg'), (file) => workbench.answerFileDialog(file));
    assert.match(curves, /^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    assert.equal(curves.match(/<polyline/g)?.length, 3);
    assert.doesNotMatch(curves, /var\(--/, 'colours are resolved');
    const scores = await page.save('Scores as SVG', path.join(workspace, 'scores.svg'), (file) => workbench.answerFileDialog(file));
    assert.match(scores, /url\(#different\)/);

    await workbench.webview.getByRole('button', { name: 'Photo 1:' }).click();
    await workbench.answerFileDialog(path.join(workspace, 'first.jpg'));
    await workbench.webview.getByRole('button', { name: /Photo 1: first\.jpg/ }).waitFor();
    await dropPhoto(2, path.join(workspace, 'second.jpg'));
    await workbench.webview.getByRole('button', { name: /Photo 2: second\.jpg/ }).waitFor();
    await page.row('r01', '.kmodel').click();
    await workbench.webview.getByRole('button', { name: 'Ask r01' }).click();
    await until('the answers of both forms', async () => /Same person|Different people|The forms disagree/.test(await page.answer.innerText()));
    const answered = await page.answer.innerText();
    assert.match(answered, /float/);
    assert.match(answered, /\.kmodel/);
    const said = await cli('compare', inRun(), path.join(workspace, 'first.jpg'), path.join(workspace, 'second.jpg'));
    assert.ok(answered.includes(Number(said['score']).toFixed(3)), `${answered} is the command line's ${String(said['score'])}`);
    await workbench.screenshots('same-person');
    assert.deepEqual(await workbench.accessibilityProblems(), []);
    assert.deepEqual(workbench.ownErrors, []);
    assert.deepEqual([...workbench.outsideHosts], []);
  }));

/** Lets a file fall onto a place for a photo, as from the system's file manager. */
async function dropPhoto(place: number, file: string): Promise<void> {
  const base64 = (await readFile(file)).toString('base64');
  await workbench.webview.getByRole('button', { name: `Photo ${place}:` }).evaluate((tile, { name, content }) => {
    const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
    const page = globalThis as unknown as { DataTransfer: new () => { items: { add(file: File): void } }; DragEvent: new (kind: string, options: object) => Event };
    const dataTransfer = new page.DataTransfer();
    dataTransfer.items.add(new File([bytes], name, { type: 'image/jpeg' }));
    (tile as unknown as EventTarget).dispatchEvent(new page.DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
  }, { name: path.basename(file), content: base64 });
}

/** Asked only when the best model is not the last one, which differs from machine to machine. */
async function chooseBestCheckpoint(): Promise<void> {
  const field = workbench.page.locator('.quick-input-widget:visible input');
  await field.waitFor();
  if ((await field.getAttribute('placeholder')) === 'Checkpoint') await workbench.quickPick('Best on held-out people');
}

/** Chooses an entry of the context menu of a run in the sidebar. */
async function runItemMenu(run: string, entry: string): Promise<void> {
  await workbench.chooseFromMenu(workbench.treeItem(new RegExp(`^${run}\\b(?!-)`)).first(), entry);
}
