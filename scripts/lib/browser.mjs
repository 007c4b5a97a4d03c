// Finds the Chromium that drives the end-to-end tests, and installs Debian's where that is possible.
import { runChild } from './child-process.mjs';
import { findOnPath, installDebianPackages } from './debian-package.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** @returns {Promise<{ path: string } | { missing: string }>} a Chromium that answers, or one sentence that says why there is none */
export async function provideBrowser() {
  const found = await findBrowser();
  if (found !== undefined) return { path: found };
  const result = await installDebianPackages('Chromium', ['chromium', 'fonts-dejavu-core']);
  if (result === undefined) {
    return { missing: 'Chromium was not found; install it (on Debian: apt-get install chromium) or set MOBILEFACENET_CHROMIUM to its path.' };
  }
  const installed = await findBrowser();
  if (installed !== undefined) return { path: installed };
  return { missing: `Chromium could not be installed; what apt-get said is in ${result.logFile}.` };
}

async function findBrowser() {
  const candidates = [process.env.MOBILEFACENET_CHROMIUM, ...names.map(findOnPath)].filter(Boolean);
  for (const candidate of candidates) {
    const answer = await runChild(candidate, ['--version'], { timeoutMs: 120_000 });
    if (answer.code === 0) return candidate;
  }
  return undefined;
}
