import { UserError } from '../../base/user-error';

/** Where a file goes on the board. */
export interface TargetPath {
  readonly path: string;
  readonly volume: 'sd' | 'flash';
  /** Folders above the file and below the volume, outermost first: `/sd/models`. */
  readonly folders: readonly string[];
}

/** SPIFFS keeps names of 127 bytes; `.part` and `.bak` must fit, too. */
const longestName = 120;

/**
 * Reads `/sd/...` or `/flash/...`.
 * @throws UserError for what the board's file systems cannot hold
 */
export function parseTargetPath(path: string): TargetPath {
  const action = 'Give a path such as /sd/face.kmodel.';
  const match = /^\/(sd|flash)\/([^/].*)$/.exec(path);
  if (!match) throw new UserError(`${path} is no place for a file on the board.`, action);
  const volume = match[1] === 'sd' ? 'sd' : 'flash';
  const parts = (match[2] ?? '').split('/');
  const name = parts.at(-1) ?? '';
  if (parts.some((part) => part === '' || part === '.' || part === '..')) throw new UserError(`${path} has an empty part, "." or "..".`, action);
  if (!/^[A-Za-z0-9._ +-]+$/.test(parts.join(''))) throw new UserError(`${path} has characters that not every firmware takes.`, 'Use letters, digits, ".", "_" and "-" in the path on the board.');
  if (Buffer.byteLength(name) > longestName) throw new UserError(`${name} is too long a name for the board.`, `Use at most ${longestName} characters.`);
  if (volume === 'flash' && parts.length > 1) throw new UserError(`${path} has a folder, and /flash has none.`, `Use /flash/${name}.`);
  const folders = parts.slice(0, -1).map((_, index) => `/${volume}/${parts.slice(0, index + 1).join('/')}`);
  return { path, volume, folders };
}
