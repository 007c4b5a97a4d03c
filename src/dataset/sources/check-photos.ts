import { availableParallelism } from 'node:os';
import path from 'node:path';
import { silentProgress, type ProgressReporter } from '../../base/progress';
import { errorCode, errorText, throwIfCancelled } from '../../base/user-error';
import { decodePhoto } from '../photos/decode-photo';
import type { PhotoSource } from './photo-source';

export interface CheckOptions {
  /** Side in pixels that every picture must have; absent: any size. */
  readonly size?: number;
  readonly progress?: ProgressReporter;
  readonly signal?: AbortSignal;
}

export interface PhotoFault {
  /** Path relative to the source's root, with "/". */
  readonly photo: string;
  readonly kind: 'unreadable' | 'wrong-size';
  readonly why: string;
}

export interface PhotoCheck {
  readonly checked: number;
  /** In the order of the source. */
  readonly faults: readonly PhotoFault[];
}

/**
 * Decodes every photo of a source and lists those that cannot be read or have another size. Nothing is changed.
 * @throws CancelledError
 */
export async function checkPhotos(source: PhotoSource, options: CheckOptions = {}): Promise<PhotoCheck> {
  const { progress = silentProgress, signal } = options;
  const photos = source.identities.flatMap((identity) => identity.photos);
  const faults = new Map<number, PhotoFault>();
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    while (next < photos.length) {
      throwIfCancelled(signal, 'The check');
      const i = next++;
      const photo = photos[i] ?? '';
      const fault = await faultOf(source.root, photo, options.size);
      if (fault) faults.set(i, fault);
      progress.report({ label: 'Checking photos', done: ++done, total: photos.length, unit: 'photos' });
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), photos.length) }, work));
  return { checked: photos.length, faults: [...faults].sort(([a], [b]) => a - b).map(([, fault]) => fault) };
}

async function faultOf(root: string, photo: string, size: number | undefined): Promise<PhotoFault | undefined> {
  try {
    const { image } = await decodePhoto(path.join(root, photo));
    if (size === undefined || (image.width === size && image.height === size)) return undefined;
    return { photo, kind: 'wrong-size', why: `it has ${image.width} x ${image.height} pixels` };
  } catch (error) {
    const why = errorCode(error) === 'EACCES' ? 'permission denied' : (errorText(error).split('\n')[0] ?? '');
    return { photo, kind: 'unreadable', why };
  }
}
