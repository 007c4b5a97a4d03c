import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import * as vscode from 'vscode';
import * as z from 'zod';
import { Disposable } from '../../base/disposable';
import { CancelledError, errorText } from '../../base/user-error';
import type { FormVerdict, PhotoView, Verdict } from '../../protocol/photo-verdict';
import { jobResult } from '../jobs/job-process';
import type { JobRunner } from '../jobs/job-runner';
import { withNormalization } from '../models/normalization-question';
import { photoAddress } from '../photo-address';

const answerSchema = z.object({ score: z.number(), threshold: z.number().nullable() });

/** A model that judges. */
export interface Judge {
  readonly model: string;
  readonly name: string;
  readonly form: FormVerdict['form'];
  /** Its recommended threshold by its own evaluation; else the one that the model was saved with. */
  readonly threshold?: number;
}

interface Photo extends PhotoView {
  readonly file: string;
}

type PhotoPair = readonly [Photo | null, Photo | null];

/** Two photos and what models say about them. Photos that were dropped live in a folder of their own, which goes with the page. */
export class PhotoSession extends Disposable {
  private readonly changed = this.own(new vscode.EventEmitter<void>());
  readonly onDidChange = this.changed.event;
  private photos: PhotoPair = [null, null];
  private verdict: Verdict | null = null;
  private judging: AbortController | undefined;
  private dropFolder: Promise<string> | undefined;

  constructor(private readonly jobs: JobRunner, private readonly memory: vscode.Memento) {
    super();
    this.own({ dispose: () => this.stop() });
    this.own({ dispose: () => void this.dropFolder?.then((folder) => rm(folder, { recursive: true, force: true })) });
  }

  get shown(): { readonly photos: readonly [PhotoView | null, PhotoView | null]; readonly verdict: Verdict | null } {
    const view = (photo: Photo | null): PhotoView | null => photo && { name: photo.name, ...(photo.picture === undefined ? {} : { picture: photo.picture }) };
    return { photos: [view(this.photos[0]), view(this.photos[1])], verdict: this.verdict };
  }

  get isComplete(): boolean {
    return this.photos[0] !== null && this.photos[1] !== null;
  }

  /** Puts photos from disk into the places, beginning with `slot`. */
  async place(files: readonly string[], slot: 0 | 1): Promise<void> {
    const [first, second] = await Promise.all(files.slice(0, 2).map((file) => readPhoto(file, path.basename(file))));
    if (first && second) this.photos = [first, second];
    else if (first) this.put(slot, first);
    this.stop();
    this.show(null);
  }

  /** A photo that was dropped onto the page, which knows its content but not its place. */
  async drop(slot: 0 | 1, fileName: string, content: Uint8Array): Promise<void> {
    this.dropFolder ??= mkdtemp(path.join(tmpdir(), 'mobilefacenet-photos-'));
    const file = path.join(await this.dropFolder, `${slot}-${path.basename(fileName)}`);
    await writeFile(file, content);
    this.put(slot, await readPhoto(file, fileName));
    this.stop();
    this.show(null);
  }

  /** Asks each model in turn; a failure becomes the verdict. */
  async judge(judges: readonly Judge[], env: Readonly<Record<string, string>>): Promise<void> {
    const [first, second] = this.photos;
    if (first === null || second === null || judges.length === 0) return;
    this.stop();
    const abort = new AbortController();
    this.judging = abort;
    const answers: FormVerdict[] = [];
    try {
      for (const judge of judges) {
        this.show({ answers: [...answers], job: { label: vscode.l10n.t('Asking {0}', judge.name) } });
        answers.push(await this.ask(judge, [first.file, second.file], abort.signal, env));
      }
      this.show({ answers });
    } catch (error) {
      if (this.judging === abort) this.show(error instanceof CancelledError ? null : { answers, failure: errorText(error) });
    }
  }

  stop(): void {
    this.judging?.abort();
    this.judging = undefined;
  }

  private async ask({ model, name, form, threshold }: Judge, photos: readonly string[], signal: AbortSignal, env: Readonly<Record<string, string>>): Promise<FormVerdict> {
    const output = await withNormalization(model, this.memory, (normalization) => this.jobs.runQuietly([
      'compare', model, ...photos, ...(threshold === undefined ? [] : ['--threshold', String(Math.min(1, Math.max(-1, threshold)))]), ...(normalization === undefined ? [] : ['--normalize', normalization]), '--json',
    ], { signal, env, onProgress: () => undefined }));
    const answer = answerSchema.parse(jobResult(output));
    return { name, form, score: answer.score, ...(answer.threshold === null ? {} : { threshold: answer.threshold }) };
  }

  private put(slot: 0 | 1, photo: Photo): void {
    this.photos = slot === 0 ? [photo, this.photos[1]] : [this.photos[0], photo];
  }

  private show(verdict: Verdict | null): void {
    this.verdict = verdict;
    if (!this.isDisposed) this.changed.fire();
  }
}

async function readPhoto(file: string, name: string): Promise<Photo> {
  const picture = await photoAddress(file);
  return { file, name, ...(picture === undefined ? {} : { picture }) };
}
