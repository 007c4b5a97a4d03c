import type { ProgressReporter } from '../../base/progress';
import { errorCode } from '../../base/user-error';
import { inParallel } from './in-parallel';
import type { PictureCollection } from './picture-collection';
import { PictureTable } from './picture-table';

export interface UnreadablePicture {
  /** Number in the collection. */
  readonly picture: number;
  readonly detail: string;
}

export interface ReadPictures {
  readonly table: PictureTable;
  /** Ascending. */
  readonly unreadable: readonly UnreadablePicture[];
}

/** Reads every picture once. One that cannot be read is noted, not an error. @throws CancelledError */
export async function readPictures(pictures: PictureCollection, progress: ProgressReporter, signal?: AbortSignal): Promise<ReadPictures> {
  const table = new PictureTable(pictures.count, pictures.people);
  const unreadable: UnreadablePicture[] = [];
  let done = 0;
  await inParallel(0, pictures.count, signal, async (picture) => {
    const read = await pictures.read(picture).catch((error: unknown) => ({ problem: problemOf(error) }));
    if ('problem' in read) unreadable.push({ picture, detail: read.problem });
    else table.set(picture, read.person, read);
    done++;
    progress.report({ label: 'Reading pictures', done, total: pictures.count, unit: 'pictures' });
  });
  unreadable.sort((a, b) => a.picture - b.picture);
  return { table, unreadable };
}

function problemOf(error: unknown): string {
  switch (errorCode(error)) {
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'ENOENT':
      return 'the file does not exist, or its name is not valid UTF-8';
    default: {
      const text = error instanceof Error ? error.message : String(error);
      return text.split('\n')[0] ?? '';
    }
  }
}
