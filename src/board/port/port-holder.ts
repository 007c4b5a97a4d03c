import { readFile, readdir, readlink, realpath } from 'node:fs/promises';

/** Processes that are looked at; a machine with more has other worries. */
const processLimit = 5000;

/**
 * Which process has a port open, such as `process 1234 (screen)`; undefined where that cannot be seen: on other systems than Linux, and
 * for processes of other users.
 */
export async function findPortHolder(port: string): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined;
  const device = await realpath(port).catch(() => port);
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/u.test(name)).slice(0, processLimit);
  for (const pid of pids) {
    if (Number(pid) === process.pid) continue;
    if (await hasOpen(pid, device)) return `process ${pid} (${(await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => 'unknown')).trim()})`;
  }
  return undefined;
}

async function hasOpen(pid: string, device: string): Promise<boolean> {
  const folder = `/proc/${pid}/fd`;
  for (const descriptor of await readdir(folder).catch(() => [])) {
    if ((await readlink(`${folder}/${descriptor}`).catch(() => '')) === device) return true;
  }
  return false;
}
