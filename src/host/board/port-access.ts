import { constants } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import { errorCode } from '../../base/user-error';

export type PortPermission =
  | { readonly kind: 'allowed' }
  /** The group that may use the port, where the system tells. */
  | { readonly kind: 'denied'; readonly group: string | undefined }
  | { readonly kind: 'missing' };

/** Whether this user may open a port. Nothing is opened. */
export async function portPermission(port: string): Promise<PortPermission> {
  // Names such as COM3 are no files.
  if (process.platform === 'win32') return { kind: 'allowed' };
  try {
    await access(port, constants.R_OK | constants.W_OK);
    return { kind: 'allowed' };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return { kind: 'missing' };
    const owner = await stat(port).catch(() => undefined);
    return { kind: 'denied', group: owner && groupName(await readFile('/etc/group', 'utf8').catch(() => ''), owner.gid) };
  }
}

/** @param groups content of /etc/group */
export function groupName(groups: string, id: number): string | undefined {
  return groups.split('\n').map((line) => line.split(':')).find((fields) => fields[2] === String(id))?.[0];
}

/** The command that lets this user open the port from the next log-in on. */
export function permissionFix(group: string | undefined): string {
  return `sudo usermod -aG ${group === undefined || group === 'root' ? 'dialout' : group} "$USER"`;
}
