import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { explainWriteError, temporaryName } from '../../base/atomic-file';
import { errorCode } from '../../base/user-error';
import { decodeResult, encodeResult, type BatchResult } from './batch-result';

const folderName = 'remote';
const tokenName = 'request';

/** The folder through which the results of batches come, on storage that all machines share. Its preparation makes and removes it. */
export class BatchFolder {
  constructor(readonly folder: string) {}

  /** Makes the folder below `workFolder`. Results that an earlier run of the same request left there stay. */
  static async make(workFolder: string, fingerprint: string): Promise<BatchFolder> {
    const folder = path.resolve(workFolder, folderName);
    const made = new BatchFolder(folder);
    try {
      if (!(await made.isOf(fingerprint))) await made.remove();
      await mkdir(folder, { recursive: true });
      await made.writeWhole(tokenName, Buffer.from(fingerprint));
    } catch (error) {
      throw explainWriteError(error, folder);
    }
    return made;
  }

  /** Whether this machine sees the folder, and it belongs to this request. */
  async isOf(fingerprint: string): Promise<boolean> {
    return (await this.readIfThere(tokenName))?.toString() === fingerprint;
  }

  /**
   * Writes a result under its name at once; again is as good as once.
   * @returns false when the folder is gone: nobody waits for the result any more
   */
  async write(batchId: string, result: BatchResult): Promise<boolean> {
    try {
      await this.writeWhole(fileNameOf(batchId), encodeResult(result));
      return true;
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return false;
      throw explainWriteError(error, path.join(this.folder, fileNameOf(batchId)));
    }
  }

  /** The result of a batch; undefined while there is none, or none that is whole. */
  async read(batchId: string): Promise<BatchResult | undefined> {
    const file = await this.readIfThere(fileNameOf(batchId));
    return file && decodeResult(file);
  }

  async drop(batchId: string): Promise<void> {
    await rm(path.join(this.folder, fileNameOf(batchId)), { force: true });
  }

  /** Removes the folder. A worker that is still writing finds it gone, and cannot make it again. */
  async remove(): Promise<void> {
    const doomed = temporaryName(this.folder);
    try {
      await rename(this.folder, doomed);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return;
      throw error;
    }
    await rm(doomed, { recursive: true, force: true, maxRetries: 3 });
  }

  /** Never makes the folder, unlike other writers of whole files. */
  private async writeWhole(name: string, content: Uint8Array): Promise<void> {
    const temporary = path.join(this.folder, `.${name}-${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`);
    const handle = await open(temporary, 'wx');
    try {
      try {
        await handle.writeFile(content);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(temporary, path.join(this.folder, name));
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined);
      throw error;
    }
  }

  private async readIfThere(name: string): Promise<Buffer | undefined> {
    try {
      return await readFile(path.join(this.folder, name));
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }
}

function fileNameOf(batchId: string): string {
  return `${batchId}.crops`;
}
