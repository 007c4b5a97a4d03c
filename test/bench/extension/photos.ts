import { link, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { Workbench } from '../../support/workbench';
import { mainThreadTasks, taskRows, longTaskMs, type MainThreadTask } from '../support/main-thread-tasks';
import { rounded, type Measured } from '../support/measured';

const people = 1000;
const photosEach = 100;
/** Different pictures behind the photos. */
const pictures = 240;
const scrolledFrames = 300;

/** What is used of the grid's element; the types of benches do not know the browser's. */
interface ScrolledElement {
  scrollTop: number;
  readonly scrollHeight: number;
  readonly clientHeight: number;
}

interface BrowserClock {
  requestAnimationFrame(callback: (nowMs: number) => void): void;
}

/** The Dataset view and the explorer on a folder of 100,000 photos. */
export async function measurePhotos(): Promise<Measured[]> {
  const workspace = await mkdtemp(path.join(tmpdir(), 'photos-bench-'));
  await writeManyPhotos(path.join(workspace, 'many'));
  const workbench = await Workbench.open(workspace);
  try {
    const { page, webview } = workbench;
    const total = `${new Intl.NumberFormat('en').format(people * photosEach)} photos`;
    await workbench.openViewContainer('MobileFaceNet Studio');
    await workbench.treeItem(new RegExp(`^many.*${total}`)).first().waitFor();
    const treeMs = await timed(async () => {
      await workbench.treeItem(/^many/).first().locator('.monaco-tl-twistie').click();
      await workbench.treeItem(/^person-0000/).first().waitFor();
    });
    const explorerMs = await timed(async () => {
      await workbench.treeItem(/^person-0000/).first().click();
      await webview.locator('#photos .tile.loaded').first().waitFor();
    });
    await webview.locator('#search').fill('');
    await page.waitForTimeout(1000);
    const [slow, fast] = [await scrolled(workbench, 40), await scrolled(workbench, 4000)];
    const rereadMs = await timed(async () => {
      await workbench.reload();
      await workbench.treeItem(new RegExp(`^many.*${total}`)).first().waitFor();
    });
    return [
      { what: 'Dataset view: people of 100,000 photos', value: rounded(treeMs, 0), unit: 'ms', wanted: { below: 1000 } },
      { what: 'window reload until 100,000 photos are counted', value: rounded(rereadMs, 0), unit: 'ms' },
      { what: 'explorer: first photos of 100,000', value: rounded(explorerMs, 0), unit: 'ms' },
      ...frameRows('scroll of 40 px a frame', slow), ...frameRows('scroll of 4,000 px a frame', fast),
    ];
  } finally {
    await workbench.close();
    await rm(workspace, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

/** Many names for few files: what is measured is the number of photos. */
async function writeManyPhotos(folder: string): Promise<void> {
  const base = path.join(path.dirname(folder), '.pictures');
  await mkdir(base, { recursive: true });
  for (let i = 0; i < pictures; i++) {
    const colour = { r: (i * 37) % 256, g: (i * 91) % 256, b: (i * 53) % 256 };
    await sharp({ create: { width: 112, height: 112, channels: 3, background: colour, noise: { type: 'gaussian', mean: 128, sigma: 30 } } }).jpeg().toFile(path.join(base, `${i}.jpg`));
  }
  for (let person = 0; person < people; person++) {
    const own = path.join(folder, `person-${String(person).padStart(4, '0')}`);
    await mkdir(own, { recursive: true });
    await Promise.all(Array.from({ length: photosEach }, (_, photo) => link(path.join(base, `${(person * 13 + photo) % pictures}.jpg`), path.join(own, `${String(photo).padStart(3, '0')}.jpg`))));
  }
}

interface Scrolled {
  readonly frameMs: readonly number[];
  readonly tasks: readonly MainThreadTask[];
}

async function scrolled(workbench: Workbench, pixelsEach: number): Promise<Scrolled> {
  let frameMs: number[] = [];
  const tasks = await mainThreadTasks(workbench.page, async () => {
    frameMs = await frameTimes(workbench, pixelsEach);
  });
  return { frameMs, tasks };
}

/** Milliseconds between frames while the grid scrolls down. */
function frameTimes(workbench: Workbench, pixelsEach: number): Promise<number[]> {
  return workbench.webview.locator('.grid-scroll').evaluate(async (element, [frames, pixels]) => {
    const grid = element as unknown as ScrolledElement;
    const clock = globalThis as unknown as BrowserClock;
    const nextFrame = (): Promise<number> => new Promise((resolve) => clock.requestAnimationFrame(resolve));
    grid.scrollTop = 0;
    const times: number[] = [];
    let lastMs = await nextFrame();
    for (let frame = 0; frame < frames; frame++) {
      grid.scrollTop = (grid.scrollTop + pixels) % (grid.scrollHeight - grid.clientHeight);
      const nowMs = await nextFrame();
      times.push(nowMs - lastMs);
      lastMs = nowMs;
    }
    return times;
  }, [scrolledFrames, pixelsEach] as const);
}

function frameRows(what: string, { frameMs: times, tasks }: Scrolled): Measured[] {
  const sorted = [...times].sort((a, b) => a - b);
  return [
    { what: `${what}: median frame`, value: rounded(sorted[Math.floor(sorted.length / 2)] ?? NaN, 1), unit: 'ms' },
    { what: `${what}: longest frame`, value: rounded(sorted.at(-1) ?? NaN, 1), unit: 'ms' },
    { what: `${what}: frames over 50 ms`, value: times.filter((time) => time > longTaskMs).length, unit: `of ${times.length}`, wanted: { below: 1 } },
    ...taskRows(what, tasks),
  ];
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}
