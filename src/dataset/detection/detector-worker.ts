/**
 * Entry of a detector worker process: photos in, aligned JPEG crops out. It has its own TensorFlow, so that the detector
 * never mixes with a trainer's. It ends when its parent is gone.
 */
import { UserError, errorText } from '../../base/user-error';
import { useOneThreadPerPhoto } from '../photos/decode-photo';
import { cropBatch, readPhotoFiles, unreadable, type CropTools, type PhotoFile } from './crop-batch';
import type { CropSettings, PhotoOutcome, PhotoTask, WorkerAnswer, WorkerRequest } from './detector-messages';
import { batchesAtOnce } from './batch-size';
import { openCropTools, plainCropTools, type OpenedCropTools } from './open-crop-tools';

/** No photo can be handled: the engine or the detector cannot be opened. */
class DetectorUnavailable extends Error {
  constructor(override readonly cause: unknown) {
    super(errorText(cause));
  }
}

interface Batch {
  readonly tasks: readonly PhotoTask[];
  /** Files are read as soon as the batch arrives. */
  readonly files: Promise<PhotoFile[]>;
}

class DetectorWorker {
  private settings: CropSettings | undefined;
  private threads = 1;
  private opening: Promise<OpenedCropTools> | undefined;
  private readonly plainTools = plainCropTools();
  private readonly waiting: Batch[] = [];
  private running = 0;
  /** One until it is known that the tools can handle more. */
  private mostRunning = 1;

  receive(request: WorkerRequest): void {
    if (request.kind === 'settings') {
      this.settings = request.settings;
      this.threads = request.threads;
      return;
    }
    this.waiting.push({ tasks: request.tasks, files: readPhotoFiles(request.tasks) });
    this.startWaiting();
  }

  private startWaiting(): void {
    while (this.running < this.mostRunning) {
      const batch = this.waiting.shift();
      if (!batch) return;
      this.running++;
      void this.handle(batch).finally(() => {
        this.running--;
        this.startWaiting();
      });
    }
  }

  private async handle({ tasks, files }: Batch): Promise<void> {
    try {
      const readFiles = await files;
      const needsNone = this.settings?.crop?.kind === 'fixed-box';
      const isKnown = tasks.map((task) => needsNone || task.landmarks !== undefined);
      // By the photo, not by the batch: a photo's crop must not depend on its company.
      await this.answer(tasks.filter((_, i) => isKnown[i]), readFiles.filter((_, i) => isKnown[i]), () => Promise.resolve(this.plainTools));
      await this.answer(tasks.filter((_, i) => !isKnown[i]), readFiles.filter((_, i) => !isKnown[i]), () => this.openTools());
    } catch (error) {
      if (!(error instanceof DetectorUnavailable)) throw error;
      send(failureOf(error.cause));
    }
  }

  private async answer(tasks: readonly PhotoTask[], files: readonly PhotoFile[], openTools: () => Promise<CropTools>): Promise<void> {
    if (tasks.length === 0) return;
    if (!this.settings) throw new Error('photos arrived before the settings');
    const outcomes = await cropSafely(tasks, files, this.settings, await openTools());
    send({ kind: 'outcomes', outcomes: tasks.map(({ id }, i) => ({ id, outcome: outcomes[i] ?? unreadable('it was forgotten') })) });
  }

  private async openTools(): Promise<OpenedCropTools> {
    this.opening ??= openCropTools(this.threads, this.settings?.detector ?? 'face-api');
    try {
      const tools = await this.opening;
      if (tools.handlesSeveral) this.mostRunning = batchesAtOnce(this.threads);
      return tools;
    } catch (error) {
      throw new DetectorUnavailable(error);
    }
  }
}

/** When a batch fails as a whole, its photos are tried one by one; those that fail alone are dropped. */
async function cropSafely(tasks: readonly PhotoTask[], files: readonly PhotoFile[], settings: CropSettings, tools: CropTools): Promise<PhotoOutcome[]> {
  try {
    return await cropBatch(tasks, files, settings, tools);
  } catch (error) {
    if (tasks.length === 1) return [unreadable(errorText(error))];
    const outcomes: PhotoOutcome[] = [];
    for (const [i, task] of tasks.entries()) outcomes.push(...(await cropSafely([task], files.slice(i, i + 1), settings, tools)));
    return outcomes;
  }
}

function failureOf(error: unknown): WorkerAnswer {
  return error instanceof UserError ? { kind: 'failed', message: error.message, action: error.action } : { kind: 'failed', message: errorText(error) };
}

function send(answer: WorkerAnswer): void {
  process.send?.(answer);
}

useOneThreadPerPhoto();
const worker = new DetectorWorker();
process.on('message', (request: WorkerRequest) => worker.receive(request));
process.on('disconnect', () => process.exit(0));
// Ctrl+C reaches the whole process group; the parent decides when its workers end.
process.on('SIGINT', () => undefined);
