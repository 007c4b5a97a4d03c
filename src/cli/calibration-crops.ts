import { existsSync } from 'node:fs';
import path from 'node:path';
import type { CommandContext } from '../base/command';
import { UserError, throwIfCancelled } from '../base/user-error';
import { datasetFileName } from '../dataset/artifact-names';
import { openDataset } from '../dataset/dataset-reader';
import { epochOrder } from '../dataset/order';
import type { CropForm } from '../evaluation/embedding';
import type { EvaluationDependencies } from '../evaluation/evaluation-dependencies';
import { cropLoader } from '../evaluation/photo-commands';
import type { LazyEngine } from './lazy-engine';

export interface CropWish {
  /** A dataset, or photos as <folder>/<person>/<photo>. */
  readonly folder: string;
  /** What the model takes. */
  readonly form: CropForm;
  /** How many at most. */
  readonly faces: number;
  /** The photos are aligned crops already. */
  readonly aligned: boolean;
}

/** Aligned faces to take value ranges from, RGB [size, size, 3] each. @throws UserError naming the folder */
export async function calibrationCrops(wish: CropWish, context: CommandContext, dependencies: EvaluationDependencies, engine: LazyEngine): Promise<readonly Uint8Array[]> {
  return existsSync(path.join(wish.folder, datasetFileName)) ? datasetCrops(wish, engine) : photoCrops(wish, context, dependencies);
}

/** Training crops of a dataset, spread over all of it. */
async function datasetCrops({ folder, form: { imageSize: size }, faces }: CropWish, engine: LazyEngine): Promise<readonly Uint8Array[]> {
  const dataset = await openDataset(folder);
  try {
    const { imageSize } = dataset.record;
    if (imageSize !== size) throw new UserError(`${folder} has crops of ${imageSize} pixels; the model takes ${size}.`, `Prepare a dataset with --size ${size}, or give a folder of photos.`);
    const order = epochOrder(0, 0, dataset.count);
    const jpegs = [...order.subarray(0, faces)].map((index) => dataset.read(index).jpeg);
    const pixels = await (await engine.get()).decodeJpegs(jpegs, size);
    const cropBytes = size * size * 3;
    return jpegs.map((_, i) => pixels.subarray(i * cropBytes, (i + 1) * cropBytes));
  } finally {
    dataset.close();
  }
}

/** Faces of photos, one person after the other in turn; photos without a face are passed over. */
async function photoCrops(
  { folder, form, faces, aligned }: CropWish, { progress, signal }: CommandContext, dependencies: EvaluationDependencies,
): Promise<readonly Uint8Array[]> {
  const identities = await dependencies.listPhotos(folder);
  const longest = Math.max(0, ...identities.map(({ photos }) => photos.length));
  const files = Array.from({ length: longest }, (_, turn) => identities.flatMap(({ name, photos }) => {
    const photo = photos[turn];
    return photo === undefined ? [] : [path.join(folder, name, photo)];
  })).flat();
  const crops: Uint8Array[] = [];
  const cropOf = cropLoader(dependencies, form, aligned);
  for (const file of files) {
    throwIfCancelled(signal, 'The calibration');
    if (crops.length === faces) break;
    const crop = await cropOf(file);
    if (crop) crops.push(crop);
    progress.report({ label: 'Finding faces for calibration', done: crops.length, total: Math.min(faces, files.length), unit: 'faces' });
  }
  return crops;
}
