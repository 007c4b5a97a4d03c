/** Error numbers of MicroPython's OSError. */
export const errno = { noEntry: 2, exists: 17, noDevice: 19, notDirectory: 20, isDirectory: 21, invalid: 22, noSpace: 28, readOnly: 30, notEmpty: 39 } as const;

/** What a file operation fails with on the board. */
export class VolumeError extends Error {
  override readonly name = 'VolumeError';

  constructor(readonly errno: number) {
    super(`errno ${errno}`);
  }
}

export interface VolumeOptions {
  readonly bytes: number;
  /** Files take whole blocks. */
  readonly blockBytes: number;
  readonly readOnly?: boolean;
  /** No folders, as on SPIFFS. */
  readonly flat?: boolean;
}

interface OpenFile {
  readonly path: string;
  readonly writable: boolean;
  position: number;
}

/** Growth step of a file that is written. */
const growth = 1.5;

/** A file system of the virtual board, in memory. It outlives resets, as a card and a flash do. Paths are relative to its root and begin with `/`. */
export class BoardVolume {
  private readonly files = new Map<string, { bytes: Uint8Array; length: number }>();
  private readonly folders = new Set<string>(['/']);
  private readonly open = new Map<number, OpenFile>();
  private nextHandle = 1;

  constructor(private readonly options: VolumeOptions) {}

  /** For tests and for what a user puts on the card beforehand. */
  put(path: string, content: Uint8Array): void {
    this.files.set(path, { bytes: Uint8Array.from(content), length: content.length });
  }

  read(path: string): Uint8Array | undefined {
    const file = this.files.get(path);
    return file && file.bytes.slice(0, file.length);
  }

  /** Paths of all files, sorted. */
  get paths(): string[] {
    return [...this.files.keys()].sort();
  }

  /** What was open when the board was reset is closed. */
  closeAll(): void {
    this.open.clear();
  }

  openFile(path: string, mode: string): number {
    const writable = /[wa+x]/.test(mode);
    if (this.folders.has(path)) throw new VolumeError(errno.isDirectory);
    if (writable) this.checkWritable();
    const file = this.files.get(path);
    if (!file && !/[wax]/.test(mode)) throw new VolumeError(errno.noEntry);
    if (file && mode.includes('x')) throw new VolumeError(errno.exists);
    if (!file || mode.includes('w')) {
      if (!this.folders.has(parentOf(path))) throw new VolumeError(errno.noEntry);
      this.files.set(path, { bytes: new Uint8Array(0), length: 0 });
    }
    const handle = this.nextHandle++;
    this.open.set(handle, { path, writable, position: mode.includes('a') ? (file?.length ?? 0) : 0 });
    return handle;
  }

  readFile(handle: number, count: number): Uint8Array {
    const { file, open } = this.of(handle);
    const end = count < 0 ? file.length : Math.min(file.length, open.position + count);
    const bytes = file.bytes.slice(open.position, end);
    open.position += bytes.length;
    return bytes;
  }

  writeFile(handle: number, bytes: Uint8Array): number {
    const { file, open } = this.of(handle);
    if (!open.writable) throw new VolumeError(errno.invalid);
    const end = open.position + bytes.length;
    if (end > file.length && this.blocks(end) - this.blocks(file.length) > this.freeBlocks) throw new VolumeError(errno.noSpace);
    if (end > file.bytes.length) {
      const larger = new Uint8Array(Math.ceil(end * growth));
      larger.set(file.bytes.subarray(0, file.length));
      file.bytes = larger;
    }
    file.bytes.set(bytes, open.position);
    file.length = Math.max(file.length, end);
    open.position = end;
    return bytes.length;
  }

  seek(handle: number, offset: number, whence: number): number {
    const { file, open } = this.of(handle);
    const base = whence === 0 ? 0 : whence === 1 ? open.position : file.length;
    open.position = Math.min(Math.max(0, base + offset), file.length);
    return open.position;
  }

  close(handle: number): void {
    this.open.delete(handle);
  }

  stat(path: string): { readonly folder: boolean; readonly bytes: number } {
    const file = this.files.get(path);
    if (file) return { folder: false, bytes: file.length };
    if (this.folders.has(path)) return { folder: true, bytes: 0 };
    throw new VolumeError(errno.noEntry);
  }

  list(path: string): { readonly name: string; readonly folder: boolean; readonly bytes: number }[] {
    if (!this.folders.has(path)) throw new VolumeError(errno.noEntry);
    const inside = (other: string): boolean => other !== '/' && parentOf(other) === path;
    const name = (other: string): string => other.slice(other.lastIndexOf('/') + 1);
    return [
      ...[...this.folders].filter(inside).map((folder) => ({ name: name(folder), folder: true, bytes: 0 })),
      ...this.paths.filter(inside).map((file) => ({ name: name(file), folder: false, bytes: this.files.get(file)?.length ?? 0 })),
    ];
  }

  makeFolder(path: string): void {
    this.checkWritable();
    if (this.options.flat) throw new VolumeError(errno.invalid);
    if (this.folders.has(path) || this.files.has(path)) throw new VolumeError(errno.exists);
    if (!this.folders.has(parentOf(path))) throw new VolumeError(errno.noEntry);
    this.folders.add(path);
  }

  remove(path: string): void {
    this.checkWritable();
    if (this.folders.has(path) && path !== '/') {
      if (this.list(path).length > 0) throw new VolumeError(errno.notEmpty);
      this.folders.delete(path);
    } else if (!this.files.delete(path)) {
      throw new VolumeError(errno.noEntry);
    }
  }

  rename(from: string, to: string): void {
    this.checkWritable();
    const file = this.files.get(from);
    if (!file) throw new VolumeError(errno.noEntry);
    // Neither FatFs nor SPIFFS renames onto an existing file.
    if (this.files.has(to) || this.folders.has(to)) throw new VolumeError(errno.exists);
    this.files.delete(from);
    this.files.set(to, file);
  }

  get space(): { readonly blockBytes: number; readonly blocks: number; readonly freeBlocks: number } {
    return { blockBytes: this.options.blockBytes, blocks: Math.floor(this.options.bytes / this.options.blockBytes), freeBlocks: this.freeBlocks };
  }

  private get freeBlocks(): number {
    const used = [...this.files.values()].reduce((sum, { length }) => sum + this.blocks(length), 0);
    return Math.floor(this.options.bytes / this.options.blockBytes) - used;
  }

  private blocks(length: number): number {
    return Math.ceil(length / this.options.blockBytes);
  }

  private checkWritable(): void {
    if (this.options.readOnly) throw new VolumeError(errno.readOnly);
  }

  private of(handle: number): { file: { bytes: Uint8Array; length: number }; open: OpenFile } {
    const open = this.open.get(handle);
    const file = open && this.files.get(open.path);
    if (!open || !file) throw new VolumeError(errno.invalid);
    return { file, open };
  }
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}
