import sharp from 'sharp';
import type { EvaluationDependencies } from '../evaluation/evaluation-dependencies';
import type { KmodelDependencies } from '../kmodel/kmodel-dependencies';
import { readPhoto } from './read-photo';

/** What the kmodel commands need, fitted together from the other stages. */
export function kmodelDependencies({ alignPhoto }: Pick<EvaluationDependencies, 'alignPhoto'>): KmodelDependencies {
  return {
    alignPhoto,
    async readPhoto(photo, width, height) {
      const { image } = await readPhoto(photo);
      const raw = { raw: { width: image.width, height: image.height, channels: 3 } } as const;
      return sharp(image.data, raw).resize(width, height, { fit: 'cover' }).raw().toBuffer();
    },
  };
}
