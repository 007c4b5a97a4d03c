import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { UserError, errorText } from '../base/user-error';
import { cropFace } from '../dataset/crop-face';
import { cropRuleOfTitle, unknownTemplate } from '../dataset/crop-rule';
import { openDataset } from '../dataset/dataset-reader';
import { chooseFace } from '../dataset/detection/choose-face';
import { FaceApiDetector } from '../dataset/detection/face-api-detector';
import type { FaceDetector } from '../dataset/detection/face-detector';
import { scanPhotos } from '../dataset/scan';
import { boxFits } from '../dataset/sources/fixed-box';
import { readVerificationBin } from '../dataset/sources/verification-bin';
import type { EvaluationDependencies } from '../evaluation/evaluation-dependencies';
import { heldOutSource } from './held-out-source';
import { LazyEngine } from './lazy-engine';
import { openEmbedder, recommendedThreshold } from './open-embedder';
import { readPhoto } from './read-photo';

/** Side of the pictures in a report, twice the size that they are shown in. */
const thumbnailSize = 112;

/** What the evaluation commands need, fitted together from the other stages; one engine serves a whole command. */
export function evaluationDependencies(engine = new LazyEngine()): EvaluationDependencies {
  let detector: Promise<FaceDetector> | undefined;
  const openDetector = (): Promise<FaceDetector> => (detector ??= engine.get().then((opened) => FaceApiDetector.open(opened)));
  return {
    openEmbedder: (model, normalization) => openEmbedder(model, normalization, engine),
    recommendedThreshold,
    async alignPhoto(photo, size, template) {
      const rule = cropRuleOfTitle(template);
      const { image } = await readPhoto(photo);
      if (rule.kind === 'fixed-box' && !boxFits(image, rule.box)) {
        throw new UserError(`${photo} has ${image.width} x ${image.height} pixels, less than the box that the model's photos were cut by (${template ?? ''}).`, 'Give photos of the size of those, or crops with --aligned.');
      }
      return cropFace(image, size, rule, async () => chooseFace(await (await openDetector()).detect(image), image, 'centre')?.landmarks);
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
      const { template } = dataset.record;
      return { ...source, template: template === unknownTemplate ? undefined : template, fingerprint: dataset.record.fingerprint, close: () => Promise.resolve(dataset.close()) };
    },
    async openVerificationSet(file) {
      const { pictures, pairs } = await readVerificationBin(file);
      return {
        pairs,
        fingerprint: createHash('sha256').update(await readFile(file)).digest('hex'),
        loadCrop: (picture, size) => decodeCrop(pictures[picture] ?? new Uint8Array(), size, `Picture ${picture} of ${file}`),
      };
    },
    async thumbnail(crop, size) {
      const { data } = await sharp(crop, { raw: { width: size, height: size, channels: 3 } }).resize(thumbnailSize, thumbnailSize).jpeg({ quality: 78 }).toBuffer({ resolveWithObject: true });
      return data;
    },
  };
}

async function decodeCrop(picture: Uint8Array, size: number, name: string): Promise<Uint8Array> {
  try {
    return await sharp(picture).removeAlpha().toColourspace('srgb').resize(size, size, { fit: 'fill' }).raw().toBuffer();
  } catch (error) {
    throw new UserError(`${name} cannot be read (${errorText(error).split('\n')[0] ?? ''}).`, 'Fetch the file again.', { cause: error });
  }
}
