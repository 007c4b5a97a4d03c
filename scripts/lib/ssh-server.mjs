// Finds the OpenSSH server that the test of ranks on other machines starts, and installs Debian's where that is possible.
import { existsSync } from 'node:fs';
import { findOnPath, installDebianPackages } from './debian-package.mjs';

/** @returns {Promise<{ path: string } | { missing: string }>} the server's program, or one sentence that says why there is none */
export async function provideSshServer() {
  const found = findServer();
  if (found !== undefined) return { path: found };
  const result = await installDebianPackages('OpenSSH', ['openssh-server', 'openssh-client']);
  if (result === undefined) return { missing: 'sshd was not found, tests that need it are skipped; install it (on Debian: apt-get install openssh-server) or set MOBILEFACENET_SSHD to its path.' };
  const installed = findServer();
  if (installed !== undefined) return { path: installed };
  return { missing: `sshd could not be installed, tests that need it are skipped; what apt-get said is in ${result.logFile}.` };
}

function findServer() {
  return process.env.MOBILEFACENET_SSHD || findOnPath('sshd') || ['/usr/sbin/sshd', '/usr/local/sbin/sshd'].find((file) => existsSync(file));
}
