import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import * as path from 'node:path';
import { Disposable } from '../../base/disposable';
import { UserError } from '../../base/user-error';
import { parseLookAnswer, type LookAnswer, type LookRequest } from '../../dataset/look/look-requests';
import type { PhotoLook } from '../../dataset/look/photo-look';
import type { JobRunner } from '../jobs/job-runner';
import type { LineService } from '../jobs/line-service';
import type { PrepareChoices } from '../datasets/prepare-choices';
import type { ThumbnailFolder } from './thumbnail-folder';

/** A service that nobody asks is ended: its detector holds about 600 MB. */
const idleMs = 60_000;
const rememberedLooks = 300;
const thumbnailSide = 240;

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

interface Waiting {
  readonly resolve: (answer: LookAnswer) => void;
  readonly reject: (error: Error) => void;
}

/** Looks at photos of one folder through a job of its own, which is started by the first question. */
export class LookService extends Disposable {
  private service: LineService | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private readonly looks = new Map<string, PhotoLook>();
  private nextId = 1;
  private idleTimer: NodeJS.Timeout | undefined;

  constructor(private readonly folder: string, private readonly thumbnails: ThumbnailFolder, private readonly jobs: Pick<JobRunner, 'openService'>) {
    super();
    this.own({ dispose: () => clearTimeout(this.idleTimer) });
    this.own({ dispose: () => this.service?.stop() });
    this.own({ dispose: () => this.thumbnails.release(this) });
  }

  /** @param photo "person/file" */
  async look(photo: string, { size, policy }: PrepareChoices): Promise<PhotoLook> {
    const key = [await this.versionOf(photo), size, policy].join('\n');
    const known = this.looks.get(key);
    if (known) return known;
    const { look } = await this.ask({ kind: 'look', photo, size, policy });
    if (look === undefined) throw new UserError(`${photo} could not be looked at.`, 'The log has the details.');
    this.looks.set(key, look);
    const [oldest] = this.looks.keys();
    if (this.looks.size > rememberedLooks && oldest !== undefined) this.looks.delete(oldest);
    return look;
  }

  /** @returns path of a small picture of the photo, made when there is none of its present version */
  async thumbnail(photo: string): Promise<string> {
    const name = createHash('sha256').update(`${this.folder}\n${await this.versionOf(photo)}`).digest('hex').slice(0, 32);
    return this.thumbnails.get(name, this, (out) => this.ask({ kind: 'thumbnail', photo, side: thumbnailSide, out }));
  }

  private async versionOf(photo: string): Promise<string> {
    const { mtimeMs, size } = await stat(path.join(this.folder, photo)).catch((error: unknown) => {
      throw new UserError(`${photo} is no longer there.`, 'Refresh the explorer.', { cause: error });
    });
    return `${photo}\n${mtimeMs}\n${size}`;
  }

  private async ask(request: WithoutId<LookRequest>): Promise<LookAnswer> {
    clearTimeout(this.idleTimer);
    this.service ??= this.start();
    const id = this.nextId++;
    const { service } = this;
    const answer = await new Promise<LookAnswer>((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      service.send(JSON.stringify({ id, ...request }));
    });
    if (answer.error !== undefined) throw new UserError(answer.error.message, answer.error.action);
    return answer;
  }

  private start(): LineService {
    const started = this.jobs.openService(['dataset', 'look', this.folder, '--requests'], {
      onLine: (line) => this.receive(line),
      onEnd: (lastError) => {
        // One that was told to rest has nothing left to answer.
        if (this.service === started) this.giveUp(lastError);
      },
    });
    return started;
  }

  private receive(line: string): void {
    const answer = parseLookAnswer(line);
    if (answer === undefined) return;
    this.waiting.get(answer.id)?.resolve(answer);
    this.waiting.delete(answer.id);
    if (this.waiting.size > 0 || this.isDisposed) return;
    clearTimeout(this.idleTimer);
    this.idleTimer = setTimeout(() => this.rest(), idleMs);
  }

  private rest(): void {
    this.service?.finish();
    this.service = undefined;
  }

  private giveUp(why: string): void {
    const asked = [...this.waiting.values()];
    this.waiting.clear();
    this.service = undefined;
    for (const { reject } of asked) reject(new UserError(why || `Looking at the photos of ${this.folder} ended unexpectedly.`, 'Run the doctor.'));
  }
}
