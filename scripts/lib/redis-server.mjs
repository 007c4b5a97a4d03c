// Finds the Redis or Valkey server that the tests of preparation on several machines start, and installs Debian's where that is possible.
import { findOnPath, installDebianPackages } from './debian-package.mjs';

const names = ['redis-server', 'valkey-server'];

/** @returns {Promise<{ path: string } | { missing: string }>} a server's program, or one sentence that says why there is none */
export async function provideRedisServer() {
  const found = findServer();
  if (found !== undefined) return { path: found };
  const result = await installDebianPackages('Redis', ['redis-server']);
  if (result === undefined) return { missing: 'redis-server was not found, tests that need it are skipped; install it (on Debian: apt-get install redis-server) or set MOBILEFACENET_REDIS_SERVER to its path.' };
  const installed = findServer();
  if (installed !== undefined) return { path: installed };
  return { missing: `redis-server could not be installed, tests that need it are skipped; what apt-get said is in ${result.logFile}.` };
}

function findServer() {
  return process.env.MOBILEFACENET_REDIS_SERVER || names.map(findOnPath).find((file) => file !== undefined);
}
