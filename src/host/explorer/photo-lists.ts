import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from '../../base/atomic-file';
import { errorCode, UserError } from '../../base/user-error';
import { addToLeaveOutList, leaveOutFileName, leaveOutListOf, parseLeaveOutList, withoutPhotos, type LeaveOutEntry } from '../../dataset/quarantine';

/** Photos that somebody has looked at and found right; written as the list of photos to leave out. */
export const checkedFileName = 'checked.txt';

export interface PhotoListSets {
  readonly leftOut: ReadonlySet<string>;
  readonly checked: ReadonlySet<string>;
}

interface Change {
  readonly label: string;
  readonly file: string;
  /** Undefined: there was no file. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** Texts of changes, which a user reads at "Undo" and in the list. */
export interface PhotoListWords {
  readonly heading: string;
  readonly leaveOut: (photos: number) => string;
  readonly takeBack: (photos: number) => string;
  readonly markChecked: (photos: number) => string;
  readonly unmarkChecked: (photos: number) => string;
}

/** The lists at the root of a photo folder, and what was done to them by this window, to be undone. The photos are never touched. */
export class PhotoLists {
  private readonly changes: Change[] = [];

  /** @param onChange told after each change that this window makes */
  constructor(private readonly root: string, private readonly words: PhotoListWords, private readonly onChange: () => void = () => undefined) {}

  /** What "Undo" would undo. */
  get undoLabel(): string | undefined {
    return this.changes.at(-1)?.label;
  }

  /** @throws UserError when a list is damaged */
  async read(): Promise<PhotoListSets> {
    const leftOut = (await leaveOutListOf(this.root))?.photos ?? new Set<string>();
    const text = await textOf(this.checkedFile);
    return { leftOut, checked: text === undefined ? new Set() : parseLeaveOutList(text, this.checkedFile) };
  }

  async leaveOut(entries: readonly LeaveOutEntry[]): Promise<void> {
    await this.change(this.leaveOutFile, this.words.leaveOut(entries.length), () => addToLeaveOutList(this.leaveOutFile, this.words.heading, entries));
  }

  async takeBack(photos: readonly string[]): Promise<void> {
    await this.change(this.leaveOutFile, this.words.takeBack(photos.length), () => this.remove(this.leaveOutFile, photos));
  }

  async markChecked(photos: readonly string[], checked: boolean): Promise<void> {
    const label = checked ? this.words.markChecked(photos.length) : this.words.unmarkChecked(photos.length);
    const entries = photos.map((photo) => ({ photo, reason: new Date().toISOString().slice(0, 10) }));
    await this.change(this.checkedFile, label, () => (checked ? addToLeaveOutList(this.checkedFile, this.words.markChecked(photos.length), entries) : this.remove(this.checkedFile, photos)));
  }

  /** Takes back the last change of this window. @throws UserError when the list was changed since by somebody else */
  async undo(): Promise<void> {
    const change = this.changes.pop();
    if (change === undefined) return;
    const { file, before, after } = change;
    if ((await textOf(file)) !== after) throw new UserError(`${path.basename(file)} was changed since, so "${change.label}" cannot be undone.`, `Edit ${file}: each line is one photo.`);
    if (before === undefined) await rm(file, { force: true });
    else await writeFileAtomic(file, before);
    this.onChange();
  }

  private get leaveOutFile(): string {
    return path.join(this.root, leaveOutFileName);
  }

  private get checkedFile(): string {
    return path.join(this.root, checkedFileName);
  }

  private async change(file: string, label: string, make: () => Promise<unknown>): Promise<void> {
    const before = await textOf(file);
    await make();
    const after = await textOf(file);
    if (after === before) return;
    this.changes.push({ label, file, before, after });
    this.onChange();
  }

  private async remove(file: string, photos: readonly string[]): Promise<void> {
    const text = await textOf(file);
    if (text !== undefined) await writeFileAtomic(file, withoutPhotos(text, file, new Set(photos)));
  }
}

async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw new UserError(`${file} cannot be read.`, 'Correct its permissions, or move it away.', { cause: error });
  });
}
