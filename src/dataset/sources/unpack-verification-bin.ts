import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { writeFolderAtomic } from '../../base/atomic-file';
import { silentProgress, type ProgressReporter } from '../../base/progress';
import { throwIfCancelled, UserError } from '../../base/user-error';
import type { VerificationSet } from './verification-bin';

/** Files of an unpacked set, relative to its folder. */
export const unpackedPairsFile = 'pairs.csv';
const pictureFolder = 'pictures';

/**
 * Writes a verification set as a folder that the evaluation reads: `pictures/00000.jpg` and so on as they are in the set, and
 * `pairs.csv` with the columns a, b, same, fold (from 1).
 * @throws UserError when the folder exists; CancelledError
 */
export async function unpackVerificationSet(set: VerificationSet, out: string, options: { readonly progress?: ProgressReporter; readonly signal?: AbortSignal } = {}): Promise<void> {
  const { progress = silentProgress, signal } = options;
  const existing = await readdir(out).catch(() => []);
  if (existing.length > 0) throw new UserError(`${out} exists and is not empty.`, 'Choose a new folder.');
  const names = set.pictures.map((picture, i) => `${pictureFolder}/${String(i).padStart(5, '0')}.${picture[0] === 0xff ? 'jpg' : 'png'}`);
  await writeFolderAtomic(out, async (temporary) => {
    await mkdir(path.join(temporary, pictureFolder));
    for (const [i, picture] of set.pictures.entries()) {
      throwIfCancelled(signal, 'The unpacking');
      await writeFile(path.join(temporary, names[i] ?? ''), picture);
      progress.report({ label: 'Unpacking', done: i + 1, total: names.length, unit: 'pictures' });
    }
    await writeFile(path.join(temporary, unpackedPairsFile), pairTable(set, names));
  });
}

function pairTable({ pairs: { a, b, same, fold } }: VerificationSet, names: readonly string[]): string {
  const rows = Array.from(same, (value, pair) => [names[a[pair] ?? 0], names[b[pair] ?? 0], value, (fold[pair] ?? 0) + 1].join(','));
  return `${['a,b,same,fold', ...rows].join('\n')}\n`;
}
