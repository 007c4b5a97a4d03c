import assert from 'node:assert/strict';
import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type * as vscode from 'vscode';
import { UserError } from '../../../src/base/user-error';
import { settingPlace } from '../../../src/host/commands/recipe-document';
import { pageHtml } from '../../../src/host/pages/page-html';
import { csvLines } from '../../../src/host/training/chart-export';
import { followLineage } from '../../../src/host/training/run-lineage';
import { TrainingPanel } from '../../../src/host/training/training-panel';
import { trainingStrings } from '../../../src/host/training/training-strings';
import { Figures } from '../../../src/protocol/figures';
import type { RunEvent } from '../../../src/protocol/run';
import { RunHistory } from '../../../src/protocol/run-history';
import { smoothedLowest } from '../../../src/protocol/smoothed-column';
import type { PageReply } from '../../../src/protocol/page';
import type { HostMessage as TrainingMessage, IdentifiedHistory, LowestLoss, PanelRequest } from '../../../src/protocol/training-panel';
import { trainingStringKeys } from '../../../src/protocol/training-strings';
import { defaultRecipe } from '../../../src/training/recipe/presets';
import { FakeTrainingJob } from '../../support/fake-training-job';
import { testRecord, testStep } from '../../support/run-samples';
import { EventEmitter, Uri } from '../../support/vscode';

type HostMessage = TrainingMessage | PageReply;

/** A webview panel whose page is the test. */
class PagePanel {
  readonly received: HostMessage[] = [];
  private readonly messages = new EventEmitter<unknown>();
  private readonly viewState = new EventEmitter<void>();
  readonly title = 'Training: r01';
  visible = true;
  readonly webview = {
    html: '', options: {}, cspSource: 'https://page',
    asWebviewUri: (uri: Uri) => uri,
    onDidReceiveMessage: this.messages.event,
    postMessage: (message: HostMessage) => this.received.push(message),
  };
  readonly onDidChangeViewState = this.viewState.event;

  say(message: unknown): void {
    this.messages.fire(message);
  }

  setVisible(visible: boolean): void {
    this.visible = visible;
    this.viewState.fire();
  }

  of<K extends HostMessage['kind']>(kind: K): Extract<HostMessage, { kind: K }>[] {
    return this.received.filter((message): message is Extract<HostMessage, { kind: K }> => message.kind === kind);
  }

  async next(what: string, isThere: () => boolean): Promise<void> {
    for (let tries = 0; tries < 10_000; tries++) {
      if (isThere()) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert.fail(`never came: ${what}`);
  }
}

let folder = '';
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'panel-'));
});
after(() => rm(folder, { recursive: true, force: true }));

async function openPanel(run: string, perform: (request: PanelRequest) => Promise<void> = async () => undefined): Promise<{ page: PagePanel; panel: TrainingPanel; warnings: string[] }> {
  const page = new PagePanel();
  const warnings: string[] = [];
  const panel = new TrainingPanel({
    panel: page as unknown as vscode.WebviewPanel, followers: await followLineage(run), extensionUri: Uri.file('/extension') as unknown as vscode.Uri,
    figures: new Figures('en'), perform, chooseRuns: () => Promise.resolve([]), log: { warn: (text: string) => warnings.push(text), error: () => undefined } as unknown as vscode.LogOutputChannel,
  });
  return { page, panel, warnings };
}

describe('TrainingPanel', () => {
  test('sends a snapshot on ready, then deltas that complete the curve, and again a snapshot after hiding', async () => {
    const run = path.join(folder, 'r01');
    const ended = new FakeTrainingJob(run, { steps: 60, stepMs: 8 }).run();
    const { page, panel } = await openPanel(run);
    try {
      assert.deepEqual(page.received, []);
      page.say({ kind: 'ready' });
      await page.next('the snapshot', () => page.of('snapshot').length === 1);
      const [snapshot] = page.of('snapshot');
      const history = new RunHistory(snapshot?.histories[0]?.history);
      assert.equal(snapshot?.status.runs[0]?.record.name, 'r01');
      await ended;
      await page.next('the finished state', () => page.of('status').at(-1)?.status.runs[0]?.record.state === 'finished');
      for (const { changes } of page.of('delta')) changes.flatMap(({ events }) => events).forEach((event) => history.apply(event));
      assert.deepEqual([...history.column('step')], Array.from({ length: 60 }, (_, index) => index + 1));
      assert.deepEqual(page.of('status').at(-1)?.status.actions, [{ name: 'evaluate', primary: false }, { name: 'resume-arcface', primary: true }]);
      page.setVisible(false);
      page.setVisible(true);
      page.say({ kind: 'ready' });
      await page.next('another snapshot', () => page.of('snapshot').length === 2);
      assert.equal(page.of('snapshot').at(-1)?.histories[0]?.history.columns.step?.length, 60);
    } finally {
      panel.dispose();
    }
  });

  test('answers every request, a refused one with its sentence, and ignores what is no message', async () => {
    const run = path.join(folder, 'r02');
    await new FakeTrainingJob(run, { steps: 1, stepMs: 0 }).run();
    const asked: PanelRequest[] = [];
    const { page, panel, warnings } = await openPanel(run, async (request) => {
      asked.push(request);
      if (request.name === 'openRun') throw new UserError('It is gone.', 'Refresh.');
    });
    try {
      const pause: PanelRequest = { name: 'action', params: { name: 'pause' } };
      page.say({ kind: 'request', id: 1, request: pause });
      page.say({ kind: 'request', id: 2, request: { name: 'openRun', params: { run: '/gone' } } });
      page.say({ kind: 'request', id: 3, request: { name: 'format-disk' } });
      await page.next('two answers', () => page.of('reply').length === 2);
      assert.deepEqual(page.of('reply'), [{ kind: 'reply', id: 1 }, { kind: 'reply', id: 2, error: 'It is gone. Refresh.' }]);
      assert.deepEqual(asked[0], pause);
      assert.equal(warnings.length, 1);
    } finally {
      panel.dispose();
    }
  });
});

test('a finding that advises on a setting names it in its note, and the page may ask to see it in the recipe', async () => {
  const run = path.join(folder, 'r05');
  await mkdir(run);
  const recipe = defaultRecipe('softmax');
  await writeFile(path.join(run, 'run.json'), JSON.stringify(testRecord({ name: 'r05', state: 'failed', recipe })));
  await writeFile(path.join(run, 'events.jsonl'), [testStep(1), testStep(2, { loss: null })].map((event) => `${JSON.stringify(event)}\n`).join(''));
  const asked: PanelRequest[] = [];
  const { page, panel, warnings } = await openPanel(run, async (request) => void asked.push(request));
  try {
    page.say({ kind: 'ready' });
    await page.next('the snapshot', () => page.of('snapshot').length === 1);
    const finding = page.of('snapshot')[0]?.status.findings.find(({ id }) => id === 'not-finite');
    assert.equal(finding?.setting, 'learningRate.initial');
    assert.match(finding.note ?? '', / learningRate\.initial /);
    const request: PanelRequest = { name: 'openSetting', params: { setting: 'learningRate.initial' } };
    page.say({ kind: 'request', id: 1, request });
    page.say({ kind: 'request', id: 2, request: { name: 'openSetting', params: { setting: 'seed' } } });
    await page.next('an answer', () => page.of('reply').length === 1);
    assert.deepEqual([asked, warnings.length], [[request], 1]);
  } finally {
    panel.dispose();
  }
  const text = JSON.stringify(recipe, null, 2);
  const shown = (setting: string): string => {
    const { start, end } = settingPlace(text, setting) ?? { start: 0, end: 0 };
    return text.slice(start, end);
  };
  assert.deepEqual([shown('learningRate.initial'), shown('learningRate.minimum'), shown('nowhere.at.all')], [String(recipe.learningRate.initial), '"learningRate"', '']);
});

describe('runs that are compared with', () => {
  test('are read, sent once, followed and taken out again', async () => {
    const [own, other] = [path.join(folder, 'r10'), path.join(folder, 'r11')];
    await new FakeTrainingJob(own, { steps: 5, stepMs: 0 }).run();
    await new FakeTrainingJob(other, { steps: 7, stepMs: 0 }).run();
    const { page, panel } = await openPanel(own);
    try {
      page.say({ kind: 'ready' });
      await page.next('the snapshot', () => page.of('snapshot').length === 1);
      page.say({ kind: 'request', id: 1, request: { name: 'addRuns', params: { runs: [other, own, path.join(folder, 'nowhere')] } } });
      await page.next('the added run', () => page.of('runs').length === 1);
      const [message] = page.of('runs');
      assert.deepEqual(message?.status.runs.map(({ id, role }) => [path.basename(id), role]), [['r10', 'own'], ['r11', 'added']]);
      assert.deepEqual(message?.histories.map(({ id, history }) => [path.basename(id), history.columns.step?.length, history.columns.memoryBytes]), [['r11', 7, undefined]]);
      page.say({ kind: 'ready' });
      await page.next('another snapshot', () => page.of('snapshot').length === 2);
      assert.deepEqual(page.of('snapshot').at(-1)?.histories.length, 2, 'a page that is shown again gets the added run too');
      page.say({ kind: 'request', id: 2, request: { name: 'removeRun', params: { run: other } } });
      await page.next('the removal', () => page.of('runs').length === 2);
      assert.deepEqual(page.of('runs').at(-1)?.status.runs.map(({ id }) => path.basename(id)), ['r10']);
    } finally {
      panel.dispose();
    }
  });

  test('that are long come thinned, in detail where one looks closely, and with their lowest loss; taken back steps come anew', async () => {
    const run = path.join(folder, 'r20');
    await mkdir(run);
    const losses = Array.from({ length: 12_000 }, (_, index) => 1 + Math.abs(index - 7777) / 1000 + 0.3 * Math.sin(index));
    await writeFile(path.join(run, 'run.json'), JSON.stringify(testRecord({ name: 'r20', state: 'stopped', lastStep: 20_000 })));
    const append = (events: readonly RunEvent[]): Promise<void> => appendFile(path.join(run, 'events.jsonl'), events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    await append(losses.map((loss, index) => testStep(index + 1, { loss })));
    const { page, panel } = await openPanel(run);
    try {
      page.say({ kind: 'ready' });
      await page.next('the snapshot', () => page.of('snapshot').length === 1);
      const overview = new RunHistory(page.of('snapshot')[0]?.histories[0]?.history);
      assert.ok(overview.length < 3100 && overview.stepCount === 12_000);
      page.say({ kind: 'request', id: 1, request: { name: 'detail', params: { ranges: [{ run, fromStep: 7700, toStep: 7900 }] } } });
      page.say({ kind: 'request', id: 2, request: { name: 'lowestLoss', params: { smoothing: 0.9 } } });
      await page.next('two answers', () => page.of('reply').length === 2);
      const [detail, lowest] = page.of('reply').map(({ result }) => result) as [readonly IdentifiedHistory[], LowestLoss];
      const steps = [...new RunHistory(detail[0]?.history).column('step')];
      assert.ok(Array.from({ length: 201 }, (_, index) => 7700 + index).every((step) => steps.includes(step)));
      assert.deepEqual(lowest, { loss: smoothedLowest(Float64Array.from(losses), 0.9)?.value, step: (smoothedLowest(Float64Array.from(losses), 0.9)?.index ?? 0) + 1 });
      await append([{ kind: 'start', step: 4000, timeMs: 5e7, head: 'softmax', resumed: true }, testStep(4001, { timeMs: 5.1e7 })]);
      await page.next('the run from its checkpoint', () => page.of('runs').length === 1);
      assert.deepEqual(page.of('delta'), []);
      const again = new RunHistory(page.of('runs')[0]?.histories[0]?.history);
      assert.deepEqual([again.stepCount, again.last('step')], [4001, 4001]);
    } finally {
      panel.dispose();
    }
  });

  test('go into a table with all their points', () => {
    const history = new RunHistory();
    history.apply(testStep(1, { loss: null }));
    history.apply(testStep(2, { gradientNorm: 0.5 }));
    const [head, first, second] = [...csvLines([{ folder: '/runs/=r,1', history }])].map((line) => line.trimEnd().split(','));
    assert.deepEqual(head?.slice(0, 6), ['run', 'step', 'timeMs', 'elapsedMs', 'epoch', 'loss']);
    assert.deepEqual(first?.slice(0, 3), ['"\'=r', '1"', '1'], 'a name that would be a formula is disarmed');
    assert.equal(first?.[6], '', 'no number is an empty field');
    assert.equal(second?.at(-1), '0.5');
  });
});

describe('the page', () => {
  const html = (): string => pageHtml({ scriptUri: 's.js', styleUri: 's.css', cspSource: 'https://page', language: 'en', title: '</title><b>', strings: { ...trainingStrings(), loading: '</script>' } });

  test('has a strict policy with a new nonce each time', () => {
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html())?.[1] ?? '';
    const nonce = /script-src 'nonce-([\w-]{20,})'/.exec(policy)?.[1];
    assert.ok(nonce);
    assert.match(policy, /^default-src 'none'/);
    assert.doesNotMatch(policy, /script-src[^;]*unsafe/);
    assert.notEqual(/nonce-([\w-]+)/.exec(html())?.[1], nonce);
  });

  test('texts cannot end their element', () => {
    assert.equal(html().match(/<\/script>/g)?.length, 2);
    assert.doesNotMatch(html(), /<b>/);
  });

  test('has a text for every key', () => assert.deepEqual(Object.keys(trainingStrings()).sort(), [...trainingStringKeys].sort()));
});
