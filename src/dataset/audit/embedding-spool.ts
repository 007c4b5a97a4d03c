import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { explainWriteError } from '../../base/atomic-file';

/** Embeddings on disk, in the order in which they were added, so that any number of them can be gone through again. */
export class EmbeddingSpool {
  private rows = 0;

  private constructor(
    private readonly folder: string,
    private readonly file: FileHandle,
    private readonly length: number,
  ) {}

  /** @param length numbers in an embedding */
  static async create(length: number): Promise<EmbeddingSpool> {
    const folder = await mkdtemp(path.join(tmpdir(), 'mobilefacenet-audit-'));
    return new EmbeddingSpool(folder, await open(path.join(folder, 'embeddings'), 'w+'), length);
  }

  /**
   * @param vectors [rows, length]
   * @throws UserError when the disk is full
   */
  async append(vectors: Float32Array): Promise<void> {
    const bytes = new Uint8Array(vectors.buffer, vectors.byteOffset, vectors.byteLength);
    let done = 0;
    try {
      while (done < bytes.length) {
        const { bytesWritten } = await this.file.write(bytes, done, bytes.length - done, this.rows * this.rowBytes + done);
        done += bytesWritten;
      }
    } catch (error) {
      throw explainWriteError(error, this.folder);
    }
    this.rows += vectors.length / this.length;
  }

  /** All embeddings again, `batch` rows at a time: the number of the first row, and [rows, length]. */
  async *read(batch = 1024): AsyncGenerator<{ readonly first: number; readonly vectors: Float32Array }> {
    for (let first = 0; first < this.rows; first += batch) {
      const vectors = new Float32Array(Math.min(batch, this.rows - first) * this.length);
      const bytes = new Uint8Array(vectors.buffer);
      let done = 0;
      while (done < bytes.length) {
        const { bytesRead } = await this.file.read(bytes, done, bytes.length - done, first * this.rowBytes + done);
        if (bytesRead === 0) throw new Error(`${this.folder} ends too early`);
        done += bytesRead;
      }
      yield { first, vectors };
    }
  }

  /** Removes the file. */
  async close(): Promise<void> {
    await this.file.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  private get rowBytes(): number {
    return this.length * Float32Array.BYTES_PER_ELEMENT;
  }
}
