import { readFile, stat } from 'node:fs/promises';
import { crc32 } from '../../base/crc32';
import { errorCode } from '../../base/user-error';
import { BoardError } from '../board-error';

/** A file that goes to a board: read once, so that one state of it is sent and proved, and compared with the file afterwards. */
export class SourceFile {
  private constructor(
    readonly file: string,
    readonly bytes: Uint8Array,
    private readonly stamp: string,
  ) {}

  /** @throws BoardError K2-FILE when it cannot be read, or is being written at this moment */
  static async read(file: string): Promise<SourceFile> {
    try {
      const before = await stampOf(file);
      const bytes = await readFile(file);
      if ((await stampOf(file)) !== before) throw new BoardError('K2-FILE', `${file} is being written by another program.`, 'Wait until it is finished, then run the same command again.');
      return new SourceFile(file, bytes, before);
    } catch (error) {
      if (error instanceof BoardError) throw error;
      throw new BoardError('K2-FILE', `${file} cannot be read.`, 'Check its name, and that you may read it.', { cause: error });
    }
  }

  /**
   * What is on the board was proved against the bytes that were read; the user may think of the file as it is now.
   * @throws BoardError K2-FILE when the file has other bytes by now, or is gone
   */
  async checkUnchanged(): Promise<void> {
    const { file, bytes, stamp } = this;
    try {
      if ((await stampOf(file)) === stamp) return;
      const now = await readFile(file);
      if (now.length === bytes.length && crc32(now) === crc32(bytes)) return;
    } catch (error) {
      throw new BoardError('K2-FILE', `${file} was ${errorCode(error) === 'ENOENT' ? 'removed' : 'locked'} while it was sent; the board has it as it was before.`, 'Deploy the file that you want on the board.', { cause: error });
    }
    throw new BoardError('K2-FILE', `${file} changed while it was sent; the board has it as it was before.`, 'Run the same command again to send it as it is now.');
  }
}

async function stampOf(file: string): Promise<string> {
  const { size, mtimeNs, ino } = await stat(file, { bigint: true });
  return [size, mtimeNs, ino].join();
}
