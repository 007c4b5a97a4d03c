import { homedir } from 'node:os';
import path from 'node:path';

/** What this product keeps for a user between calls and may lose: the engine, locks of ports, what worked last with a board. */
export function productCacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return path.join(userCacheFolder(env), 'mobilefacenet-studio');
}

function userCacheFolder(env: NodeJS.ProcessEnv): string {
  if (process.platform === 'darwin') return path.join(homedir(), 'Library', 'Caches');
  if (process.platform === 'win32') return env['LOCALAPPDATA'] || path.join(homedir(), 'AppData', 'Local');
  // An empty variable counts as unset (XDG Base Directory Specification).
  return env['XDG_CACHE_HOME'] || path.join(homedir(), '.cache');
}
