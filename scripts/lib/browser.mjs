// Finds the Chromium that drives the end-to-end tests, and installs Debian's where that is possible.
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { step } from '../setup.mjs';
import { runChild } from './child-process.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const updateLimitMs = 3 * 60_000;
const installLimitMs = 6 * 60_000;

/** @returns {Promise<{ path: string } | { missing: string }>} a Chromium that answers, or one sentence that says why there is none */
export async function provideBrowser() {
  const found = await findBrowser();
  if (found !== undefined) return { path: found };
  const aptGet = findOnPath('apt-get');
  if (aptGet === undefined || process.getuid?.() !== 0) {
    return { missing: 'Chromium was not found; install it (on Debian: apt-get install chromium) or set MOBILEFACENET_CHROMIUM to its path.' };
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await step('Refreshing package lists', 'apt-update', updateLimitMs, aptGet, ['update'], { env });
  const args = ['install', '-y', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'];
  const result = await step('Installing Chromium', 'apt-install', installLimitMs, aptGet, args, { env });
  const installed = await findBrowser();
  if (installed !== undefined) return { path: installed };
  return { missing: `Chromium could not be installed; what apt-get said is in ${result.logFile}.` };
}

async function findBrowser() {
  const candidates = [process.env.MOBILEFACENET_CHROMIUM, ...names.map(findOnPath)].filter(Boolean);
  for (const candidate of candidates) {
    const answer = await runChild(candidate, ['--version'], { timeoutMs: 30_000 });
    if (answer.code === 0) return candidate;
  }
  return undefined;
}

function findOnPath(name) {
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    const file = path.join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}
