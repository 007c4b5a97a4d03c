import sharp from 'sharp';
import { alignFace } from '../dataset/align';
import { openDataset } from '../dataset/dataset-reader';
import { chooseFace } from '../dataset/detection/choose-face';
import { FaceApiDetector } from '../dataset/detection/face-api-detector';
import type { FaceDetector } from '../dataset/detection/face-detector';
import { scanPhotos } from '../dataset/scan';
import type { EvaluationDependencies } from '../evaluation/evaluation-dependencies';
import { createEmbedder, readModel } from '../evaluation/model-embedder';
import { heldOutSource } from './held-out-source';
import { LazyEngine } from './lazy-engine';
import { readPhoto } from './read-photo';

/** What the evaluation commands need, fitted together from the other stages; one engine serves a whole command. */
export function evaluationDependencies(engine = new LazyEngine()): EvaluationDependencies {
  let detector: Promise<FaceDetector> | undefined;
  const openDetector = (): Promise<FaceDetector> => (detector ??= engine.get().then((opened) => FaceApiDetector.open(opened)));
  return {
    async openEmbedder(model) {
      const { record, weights } = await readModel(model);
      return createEmbedder(await engine.get(), record.network, weights, record.title);
    },
    recommendedThreshold: async (model) => (await readModel(model)).record.threshold,
    async alignPhoto(photo, size) {
      const { image } = await readPhoto(photo);
      const face = chooseFace(await (await openDetector()).detect(image), image, 'centre');
      return face && alignFace(image, face.landmarks, size).data;
    },
    async readCrop(photo, size) {
      const { image } = await readPhoto(photo);
      const raw = { raw: { width: image.width, height: image.height, channels: 3 } } as const;
      return image.width === size && image.height === size ? image.data : sharp(image.data, raw).resize(size, size, { fit: 'fill' }).raw().toBuffer();
    },
    async listPhotos(folder) {
      const { identities } = await scanPhotos(folder);
      return identities.map(({ name, photos }) => ({ name, photos }));
    },
    async openHeldOut(folder, size) {
      const dataset = await openDataset(folder);
      const source = heldOutSource(dataset, await engine.get(), size);
      return { ...source, close: () => Promise.resolve(dataset.close()) };
    },
  };
}
