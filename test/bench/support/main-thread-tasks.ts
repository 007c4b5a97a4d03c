import type { Page } from 'playwright-core';
import { rounded, type Measured } from './measured';

/** A task that is longer is felt. */
export const longTaskMs = 50;

/** A task of a page's main thread. */
export interface MainThreadTask {
  readonly wallMs: number;
  /** Without the time in which other processes had the processor. */
  readonly cpuMs: number;
}

interface TraceEvent {
  readonly ph: string;
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/** Every task that the main threads of the page's processes do during `work`, as Chromium traces them. */
export async function mainThreadTasks(page: Page, work: () => Promise<void>): Promise<MainThreadTask[]> {
  const browser = page.context().browser();
  if (browser === null) throw new Error('The page has no browser of its own.');
  await browser.startTracing(page, { categories: ['toplevel', '__metadata'] });
  try {
    await work();
  } catch (error) {
    await browser.stopTracing();
    throw error;
  }
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { readonly traceEvents: readonly TraceEvent[] };
  const mains = new Set(traceEvents.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain').map(({ pid, tid }) => `${pid} ${tid}`));
  const tasks = traceEvents.filter(({ ph, name, pid, tid }) => ph === 'X' && name === 'ThreadControllerImpl::RunTask' && mains.has(`${pid} ${tid}`));
  return tasks.map(({ dur = 0, tdur = 0 }) => ({ wallMs: dur / 1000, cpuMs: tdur / 1000 }));
}

/** The longest task, and how many are too long, by the processor's time: whatever else the machine does meanwhile. */
export function taskRows(what: string, tasks: readonly MainThreadTask[]): Measured[] {
  return [
    { what: `${what}: longest task of the main thread, processor time`, value: rounded(Math.max(...tasks.map(({ cpuMs }) => cpuMs)), 1), unit: 'ms', wanted: { below: longTaskMs } },
    { what: `${what}: tasks over ${longTaskMs} ms of processor time`, value: tasks.filter(({ cpuMs }) => cpuMs > longTaskMs).length, unit: `of ${tasks.length}`, wanted: { below: 1 } },
  ];
}
