import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Workbench } from '../../support/workbench';
import { rounded, type Measured } from '../support/measured';
import { median } from '../training/contestant';

/** Time after which the start of the window no longer shows in the memory. */
const settleMs = 10_000;

/** Activation as the editor measures it, and the memory of the process that runs all extensions, each the median of so many windows. */
export async function measureStart(rounds: number): Promise<Measured[]> {
  const activationMs: number[] = [];
  const hostMegabytes: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const workspace = await mkdtemp(path.join(tmpdir(), 'extension-bench-'));
    const workbench = await Workbench.open(workspace);
    try {
      await workbench.openViewContainer('MobileFaceNet Studio');
      await workbench.page.getByRole('button', { name: 'Try the Sample' }).first().waitFor();
      activationMs.push(await workbench.activationMs());
      await sleep(settleMs);
      hostMegabytes.push((workbench.extensionHostBytes ?? NaN) / 1e6);
    } finally {
      await workbench.close();
      await rm(workspace, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    }
  }
  return [
    { what: 'activation', value: median(activationMs), unit: 'ms', wanted: { below: 100 } },
    { what: 'memory of the extension host', value: rounded(median(hostMegabytes), 0), unit: 'MB', wanted: { below: 150 } },
  ];
}
