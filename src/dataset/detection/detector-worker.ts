/**
 * Entry of a detector worker process: photos in, aligned JPEG crops out. It has its own TensorFlow, so that the detector
 * never mixes with a trainer's, and one thread, because the workers are the parallelism. It ends when its parent is gone.
 */
import { UserError, errorText } from '../../base/user-error';
import type { Engine } from '../../engine/engine';
import { openEngine } from '../../engine/open-engine';
import { useOneThreadPerPhoto } from '../photos/decode-photo';
import { cropPhoto } from './crop-photo';
import type { CropSettings, PhotoOutcome, PhotoTask, WorkerAnswer, WorkerRequest } from './detector-messages';
import { FaceApiDetector } from './face-api-detector';
import type { FaceDetector } from './face-detector';

/** No photo can be handled: the engine or the detector cannot be opened. */
class DetectorUnavailable extends Error {
  constructor(override readonly cause: unknown) {
    super(errorText(cause));
  }
}

class DetectorWorker {
  private settings: CropSettings | undefined;
  private detector: Promise<FaceDetector> | undefined;
  /** Requests are handled one after another. */
  private last: Promise<void> = Promise.resolve();

  receive(request: WorkerRequest): void {
    if (request.kind === 'settings') this.settings = request.settings;
    else this.last = this.last.then(() => this.handle(request.task));
  }

  private async handle(task: PhotoTask): Promise<void> {
    try {
      send({ kind: 'outcome', id: task.id, outcome: await this.crop(task) });
    } catch (error) {
      if (!(error instanceof DetectorUnavailable)) throw error;
      send(failureOf(error.cause));
    }
  }

  private async crop(task: PhotoTask): Promise<PhotoOutcome> {
    if (!this.settings) throw new Error('a photo arrived before the settings');
    try {
      return await cropPhoto(task, this.settings, () => this.openDetector());
    } catch (error) {
      if (error instanceof DetectorUnavailable) throw error;
      return { kind: 'dropped', reason: 'unreadable', detail: errorText(error) };
    }
  }

  private openDetector(): Promise<FaceDetector> {
    this.detector ??= openDetector().catch((error: unknown) => {
      throw new DetectorUnavailable(error);
    });
    return this.detector;
  }
}

async function openDetector(): Promise<FaceDetector> {
  const engine: Engine = await openEngine({ threads: { intraOp: 1, interOp: 1 } });
  return FaceApiDetector.open(engine);
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
