import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '../../base/atomic-file';
import { UserError, errorCode } from '../../base/user-error';
import type { NorFlash } from './nor-flash';

/**
 * Content of a virtual flash that a file keeps between runs; undefined when there is no such file yet.
 * @throws UserError when the file is longer than the flash or cannot be read
 */
export async function readFlashFile(file: string, flashBytes: number): Promise<Uint8Array | undefined> {
  const content = await readFile(file).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw new UserError(`The flash file ${file} cannot be read (${errorCode(error) ?? String(error)}).`, 'Choose a file that you may read.', { cause: error });
  });
  if (content !== undefined && content.length > flashBytes) {
    throw new UserError(`The flash file ${file} has ${content.length} bytes, the board's flash ${flashBytes}.`, 'Choose a board with a larger flash, or another file.');
  }
  return content;
}

/** Keeps a file like the flash. */
export class FlashFile {
  private savedChanges: number;

  constructor(
    private readonly file: string,
    private readonly flash: NorFlash,
    isNew: boolean,
  ) {
    this.savedChanges = isNew ? -1 : flash.changeCount;
  }

  /** @throws UserError when the file cannot be written */
  async save(): Promise<void> {
    const { changeCount } = this.flash;
    if (changeCount === this.savedChanges) return;
    await writeFileAtomic(this.file, this.flash.memory);
    this.savedChanges = changeCount;
  }
}
