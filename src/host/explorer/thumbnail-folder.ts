import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import * as path from 'node:path';
import { Disposable } from '../../base/disposable';

export interface ThumbnailFolderOptions {
  /** The folder is kept below this size, unless more is in use. */
  readonly limitBytes?: number;
  readonly now?: () => number;
}

/** Some 40,000 small pictures of 12 kB. */
const defaultLimitBytes = 500_000_000;
/** What is pruned at all is pruned to this share of the limit, so that it is not done again at once. */
const prunedShare = 0.9;
const madeBetweenPrunes = 1000;
const pruneDelayMs = 5000;
const fileEnding = '.jpg';

/** Small pictures of photos, kept from session to session. The time of each file says when it was last used; those that were not for longest go first. */
export class ThumbnailFolder extends Disposable {
  private readonly limitBytes: number;
  private readonly now: () => number;
  /** Names that somebody has been given, by whom. */
  private readonly used = new Map<object, Set<string>>();
  private readonly removals = new Map<string, Promise<void>>();
  private pruning: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private madeSincePrune = madeBetweenPrunes;

  constructor(private readonly folder: string, { limitBytes = defaultLimitBytes, now = Date.now }: ThumbnailFolderOptions = {}) {
    super();
    this.limitBytes = limitBytes;
    this.now = now;
    this.own({ dispose: () => clearTimeout(this.timer) });
  }

  /**
   * A picture by its name, which stays as long as `user` is not done.
   * @param make writes the picture into a file; called when there is none
   * @returns path of the file
   */
  async get(name: string, user: object, make: (file: string) => Promise<unknown>): Promise<string> {
    const names = this.used.get(user) ?? new Set();
    const file = path.join(this.folder, `${name}${fileEnding}`);
    const wasUsed = names.has(name);
    this.used.set(user, names.add(name));
    await this.removals.get(name);
    const exists = await stat(file).then(() => true, () => false);
    if (!exists) {
      await mkdir(this.folder, { recursive: true });
      await make(file);
      this.madeSincePrune++;
    } else if (!wasUsed) {
      const seconds = this.now() / 1000;
      // A folder that cannot be written still has its pictures.
      await utimes(file, seconds, seconds).catch(() => undefined);
    }
    if (this.madeSincePrune >= madeBetweenPrunes) this.pruneSoon();
    return file;
  }

  /** `user` needs its pictures no longer. */
  release(user: object): void {
    if (this.used.delete(user)) this.pruneSoon();
  }

  /** Removes pictures that were not used for longest, until the folder is small enough. */
  prune(): Promise<void> {
    this.pruning ??= this.removeOldest().finally(() => (this.pruning = undefined));
    return this.pruning;
  }

  private pruneSoon(): void {
    this.madeSincePrune = 0;
    if (this.isDisposed) return;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.prune();
    }, pruneDelayMs);
    this.timer.unref();
  }

  private async removeOldest(): Promise<void> {
    const files = await this.files();
    let totalBytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    if (totalBytes <= this.limitBytes) return;
    for (const { name, sizeBytes } of files.sort((a, b) => a.usedMs - b.usedMs)) {
      if (totalBytes <= prunedShare * this.limitBytes) return;
      if (this.isUsed(name)) continue;
      // Whoever asks for it meanwhile waits, and has it made anew.
      const removal = rm(path.join(this.folder, `${name}${fileEnding}`), { force: true }).then(() => (totalBytes -= sizeBytes), () => undefined).then(() => undefined);
      this.removals.set(name, removal);
      await removal;
      this.removals.delete(name);
    }
  }

  private async files(): Promise<{ readonly name: string; readonly sizeBytes: number; readonly usedMs: number }[]> {
    const names = (await readdir(this.folder).catch(() => [])).filter((name) => name.endsWith(fileEnding));
    const found = await Promise.all(names.map((name) => stat(path.join(this.folder, name)).then(
      ({ size, mtimeMs }) => [{ name: name.slice(0, -fileEnding.length), sizeBytes: size, usedMs: mtimeMs }],
      () => [],
    )));
    return found.flat();
  }

  private isUsed(name: string): boolean {
    return [...this.used.values()].some((names) => names.has(name));
  }
}
