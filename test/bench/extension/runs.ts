import { existsSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SeededRandom } from '../../../src/base/random';
import { RunFollower } from '../../../src/host/runs/run-follower';
import { runFiles } from '../../../src/protocol/run-files';
import { chartColumns } from '../../../src/protocol/run-history';
import { thinHistory } from '../../../src/protocol/thinned-history';
import { Workbench } from '../../support/workbench';
import { rounded, type Measured } from '../support/measured';
import { mainThreadTasks, taskRows, longTaskMs, type MainThreadTask } from '../support/main-thread-tasks';
import { syntheticStep, writeSyntheticRun } from '../support/synthetic-runs';
import { median } from '../training/contestant';

const runCount = 10;
const steps = 100_000;
const names = Array.from({ length: runCount }, (_, index) => `r${String(index + 1).padStart(2, '0')}`);
/** The run that goes on. */
const live = names[0] as string;
const liveUpdates = 40;
const updateEveryMs = 250;

/** What is used of the browser; the types of benches do not know it. */
interface BrowserWindow {
  requestAnimationFrame(callback: (nowMs: number) => void): number;
  addEventListener(kind: 'message', listener: () => void, capture?: boolean): void;
  readonly document: { readonly body: { readonly offsetHeight: number } };
  updateTimes: number[];
}

interface Canvas {
  readonly dataset: { readonly series?: string; readonly total?: string };
}

/** Ten runs of 100,000 steps each: how long the host reads them, how soon they are drawn, and what an update of the live one costs the page. */
export async function measureRuns(rounds: number): Promise<Measured[]> {
  const workspace = await mkdtemp(path.join(tmpdir(), 'runs-bench-'));
  const runs = path.join(workspace, 'runs');
  try {
    await mkdir(runs);
    for (const [seed, name] of names.entries()) await writeSyntheticRun(path.join(runs, name), steps, { seed, state: name === live ? 'running' : 'finished' });
    return [...await measureHost(runs, rounds), ...await measurePanel(workspace, rounds)];
  } finally {
    await rm(workspace, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

async function measureHost(runs: string, rounds: number): Promise<Measured[]> {
  const folders = names.map((name) => path.join(runs, name));
  const [first, again] = [[] as number[], [] as number[]];
  for (let round = 0; round < rounds; round++) {
    await Promise.all(folders.map((folder) => rm(path.join(folder, runFiles.eventColumns), { force: true })));
    first.push(await openingMs(folders));
    again.push(await openingMs(folders));
  }
  return [
    { what: `host: ${runCount} runs of ${steps} steps read from their events`, value: rounded(median(first), 0), unit: 'ms' },
    { what: `host: the same runs read again`, value: rounded(median(again), 0), unit: 'ms', wanted: { below: 1000 } },
  ];
}

/** From the folders to what is posted to the page. */
async function openingMs(folders: readonly string[]): Promise<number> {
  const startMs = performance.now();
  const followers = await Promise.all(folders.map((folder) => RunFollower.open(folder, { keepsHistory: true })));
  followers.forEach(({ history }, index) => structuredClone(thinHistory(history, index === 0 ? {} : { columns: chartColumns })));
  const tookMs = performance.now() - startMs;
  while (!folders.every((folder) => existsSync(path.join(folder, runFiles.eventColumns)))) await sleep(20);
  followers.forEach((follower) => follower.dispose());
  return tookMs;
}

async function measurePanel(workspace: string, rounds: number): Promise<Measured[]> {
  const workbench = await Workbench.open(workspace);
  try {
    await workbench.openViewContainer('MobileFaceNet Studio');
    await workbench.treeItem(new RegExp(`^${live}`)).first().waitFor();
    const open = (name: string): Promise<number> => timed(async () => {
      await workbench.treeItem(new RegExp(`^${name}`)).first().click();
      await workbench.page.locator('.tab.active').filter({ hasText: name }).first().waitFor();
      await drawn(workbench, 1);
    });
    const firstMs = await open(names.at(-1) as string);
    const openMs = await open(live);
    await workbench.webview.locator('#add-run').click();
    await workbench.tickQuickPick(names.slice(1));
    const addMs = await timed(async () => {
      await workbench.confirmQuickPick();
      await drawn(workbench, runCount);
    });
    const [againMs, pageMs] = [[] as number[], [] as number[]];
    for (let round = 0; round < rounds; round++) {
      await workbench.runCommand('File: New Untitled Text File');
      await sleep(1000);
      againMs.push(await timed(async () => {
        await workbench.page.keyboard.press('Control+w').catch(() => undefined);
        await workbench.page.locator('.tab').filter({ hasText: live }).first().click();
        pageMs.push(await drawn(workbench, runCount));
      }));
    }
    const updates = await liveUpdateTimes(workbench, path.join(workspace, 'runs', live, runFiles.events));
    return [
      { what: `training panel: ${runCount} such runs, from the start of the page to their drawing`, value: rounded(median(pageMs), 0), unit: 'ms', wanted: { below: 1000 } },
      { what: `training panel of a run of ${steps} steps, from the click in the tree, with the editor's start of its webviews`, value: rounded(firstMs, 0), unit: 'ms' },
      { what: 'training panel of another one', value: rounded(openMs, 0), unit: 'ms', wanted: { below: 1000 } },
      { what: `training panel: ${runCount - 1} runs added`, value: rounded(addMs, 0), unit: 'ms', wanted: { below: 1000 } },
      { what: `training panel of ${runCount} runs shown again, from the click on its tab`, value: rounded(median(againMs), 0), unit: 'ms', wanted: { below: 1000 } },
      { what: 'live update: median of the main thread', value: rounded(median(updates.times), 1), unit: 'ms', wanted: { below: longTaskMs } },
      { what: 'live update: longest of the main thread', value: rounded(Math.max(...updates.times), 1), unit: 'ms', wanted: { below: longTaskMs } },
      ...taskRows('live update', updates.tasks),
      { what: 'memory of the extension host with all runs open', value: rounded((workbench.extensionHostMemory?.residentBytes ?? NaN) / 1e6, 0), unit: 'MB' },
    ];
  } finally {
    await workbench.close();
  }
}

/** Waits until the loss chart shows so many runs with all their steps. @returns milliseconds since the page's document was begun */
function drawn(workbench: Workbench, count: number): Promise<number> {
  return workbench.webview.locator('#loss-chart').evaluate(async (element, [wanted, total]) => {
    const { dataset } = element as unknown as Canvas;
    const browser = globalThis as unknown as BrowserWindow;
    const isDrawn = (): boolean => Number(dataset.total ?? 0) >= total && Object.values(JSON.parse(dataset.series ?? '{}') as Record<string, number>).filter((points) => points > 0).length >= wanted;
    while (!isDrawn()) await new Promise((resolve) => browser.requestAnimationFrame(resolve));
    return performance.now();
  }, [count, steps] as const);
}

/** Main-thread milliseconds of each update of the page (its message, its frame and the layout) while the live run goes on. */
async function liveUpdateTimes(workbench: Workbench, eventsFile: string): Promise<{ readonly times: number[]; readonly tasks: readonly MainThreadTask[] }> {
  const canvas = workbench.webview.locator('#loss-chart');
  await canvas.evaluate(() => {
    const browser = globalThis as unknown as BrowserWindow;
    const request = browser.requestAnimationFrame.bind(browser);
    let messageMs = 0;
    let startMs = 0;
    browser.updateTimes = [];
    browser.addEventListener('message', () => (startMs = performance.now()), true);
    browser.addEventListener('message', () => (messageMs += performance.now() - startMs));
    browser.requestAnimationFrame = (callback) => request((nowMs) => {
      const frameMs = performance.now();
      callback(nowMs);
      // Laying out belongs to the update.
      void browser.document.body.offsetHeight;
      browser.updateTimes.push(messageMs + performance.now() - frameMs);
      messageMs = 0;
    });
  });
  // What opening the panel has left to do is not an update.
  await sleep(2000);
  const random = new SeededRandom('live');
  const tasks = await mainThreadTasks(workbench.page, async () => {
    for (let update = 1; update <= liveUpdates; update++) {
      await appendFile(eventsFile, `${JSON.stringify(syntheticStep(steps + update, random))}\n`);
      await sleep(updateEveryMs);
    }
  });
  return { tasks, times: await canvas.evaluate(() => (globalThis as unknown as BrowserWindow).updateTimes) };
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}
