// Finds programs, and installs Debian's package of one where that is possible.
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { step } from '../setup.mjs';

const updateLimitMs = 3 * 60_000;
const installLimitMs = 6 * 60_000;

/**
 * Installs packages with apt-get.
 * @param {string} title what is installed, for the screen
 * @param {string[]} packages
 * @returns {Promise<{ logFile: string } | undefined>} where it is written what apt-get said; undefined when this user or machine cannot install anything
 */
export async function installDebianPackages(title, packages) {
  const aptGet = findOnPath('apt-get');
  if (aptGet === undefined || process.getuid?.() !== 0) return undefined;
  // With this runlevel Debian starts no service that comes with a package.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  await step('Refreshing package lists', 'apt-update', updateLimitMs, aptGet, ['update'], { env });
  return step(`Installing ${title}`, 'apt-install', installLimitMs, aptGet, ['install', '-y', '--no-install-recommends', ...packages], { env });
}

/** @returns {string | undefined} the path of a program */
export function findOnPath(name) {
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
