import { stat } from 'node:fs/promises';
import * as path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { isPhotoName, scanPhotos, type PhotoFolder } from '../../dataset/scan';
import type { ExplorerSnapshot } from '../../protocol/explorer-page';
import type { PrepareChoices } from '../datasets/prepare-choices';
import { readFindings, type FolderFindings } from './folder-findings';

/** What belongs to a photo folder, read from disk. */
export interface ExplorerContent extends FolderFindings {
  readonly folder: PhotoFolder;
  readonly thumbnails: ExplorerSnapshot['thumbnails'];
}

/** @throws UserError when the folder holds no photos of people */
export async function readExplorerContent(photos: string, choices: PrepareChoices): Promise<ExplorerContent> {
  const folder = await scanPhotos(photos);
  return { folder, ...(await readFindings(photos, choices)), thumbnails: await thumbnailKind(folder) };
}

/** The same once more; its photos are looked at anew only where others are there than before. */
export async function refreshExplorerContent(before: ExplorerContent, photos: string, choices: PrepareChoices): Promise<ExplorerContent> {
  const folder = await scanPhotos(photos).catch(() => before.folder);
  const findings = await readFindings(photos, choices);
  if (isDeepStrictEqual(folder.identities, before.folder.identities)) return { ...before, ...findings };
  return { folder, ...findings, thumbnails: await thumbnailKind(folder) };
}

const sampledPhotos = 40;
/** A page decodes a photo of this size in about 10 ms; a screen of larger ones would come slowly. */
const largePhotoBytes = 400_000;
const shownByPages = /\.(jpe?g|png|webp|avif|bmp)$/i;

/** Whether a page can show the photos themselves as tiles: judged by photos spread over the folder. */
async function thumbnailKind({ root, identities }: PhotoFolder): Promise<ExplorerSnapshot['thumbnails']> {
  if (identities.some(({ photos }) => photos.some((photo) => isPhotoName(photo) && !shownByPages.test(photo)))) return 'made';
  const step = Math.max(1, Math.floor(identities.length / sampledPhotos));
  const sample = identities.filter((_, i) => i % step === 0).slice(0, sampledPhotos);
  const sizes = await Promise.all(sample.map(({ name, photos }) => stat(path.join(root, name, photos[0] ?? '')).then(({ size }) => size, () => 0)));
  const median = sizes.sort((a, b) => a - b)[Math.floor(sizes.length / 2)] ?? 0;
  return median > largePhotoBytes ? 'made' : 'direct';
}
