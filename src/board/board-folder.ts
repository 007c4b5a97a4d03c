import path from 'node:path';
import { productCacheFolder } from '../base/cache-folder';

/** Locks of ports and what worked last with each board. `MOBILEFACENET_BOARD_HOME` moves it. */
export function boardFolder(env: NodeJS.ProcessEnv = process.env): string {
  return env['MOBILEFACENET_BOARD_HOME'] || path.join(productCacheFolder(env), 'board');
}
