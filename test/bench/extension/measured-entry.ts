import { readFile } from 'node:fs/promises';

/** In the place of the extension's own module: the editor's host with the extension's contributions and without its code. */
export const emptyEntry = 'export function activate() {}\n';

/** What the start of the extension takes of its process; times of the processor leave out what others do meanwhile. */
export interface StartCost {
  readonly loadMs: number;
  readonly loadProcessorMs: number;
  readonly activateMs: number;
  readonly activateProcessorMs: number;
}

/** In the place of the extension's own module: loads and activates it, and writes a `StartCost` into a file. */
export function measuredEntry(file: string): string {
  return `
import { writeFileSync } from 'node:fs';
const processorMs = (since) => { const { user, system } = process.cpuUsage(since); return (user + system) / 1000; };
const [loadBegan, loadUsage] = [performance.now(), process.cpuUsage()];
const extension = await import('./extension.mjs');
const cost = { loadMs: performance.now() - loadBegan, loadProcessorMs: processorMs(loadUsage) };
export function activate(context) {
  const [began, usage] = [performance.now(), process.cpuUsage()];
  const result = extension.activate(context);
  writeFileSync(${JSON.stringify(file)}, JSON.stringify({ ...cost, activateMs: performance.now() - began, activateProcessorMs: processorMs(usage) }));
  return result;
}
`;
}

export async function readStartCost(file: string): Promise<StartCost> {
  return JSON.parse(await readFile(file, 'utf8')) as StartCost;
}
