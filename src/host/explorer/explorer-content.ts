import { readFile, stat } from 'node:fs/promises';
import * as path from 'node:path';
import type { AuditReport } from '../../dataset/audit/audit-artifact';
import { isPhotoName, scanPhotos, type PhotoFolder } from '../../dataset/scan';
import type { ExplorerSnapshot, SplitView } from '../../protocol/explorer-page';
import { placesOf } from '../datasets/dataset-places';
import { readDataset } from '../datasets/read-dataset';
import type { PrepareChoices } from '../datasets/prepare-choices';
import { readAudit } from './audit-view';

/** What belongs to a photo folder, read from disk. */
export interface ExplorerContent {
  readonly folder: PhotoFolder;
  readonly report: AuditReport | undefined;
  /** Folder of the dataset that was prepared of it. */
  readonly dataset: string | undefined;
  readonly split: SplitView;
  readonly thumbnails: ExplorerSnapshot['thumbnails'];
}

/** @throws UserError when the folder holds no photos of people */
export async function readExplorerContent(photos: string, choices: PrepareChoices): Promise<ExplorerContent> {
  const folder = await scanPhotos(photos);
  const places = placesOf(photos);
  const report = places && (await readAudit(places.audit, photos));
  return { folder, report, dataset: places?.dataset, split: await readSplit(places?.dataset, choices), thumbnails: await thumbnailKind(folder) };
}

/** Who is held out: by the list for the next preparation, else as prepared. */
export async function readSplit(dataset: string | undefined, { holdOutNames }: PrepareChoices): Promise<SplitView> {
  const listed = holdOutNames === undefined ? undefined : await readFile(holdOutNames, 'utf8').catch(() => undefined);
  if (holdOutNames !== undefined && listed !== undefined) {
    const heldOut = listed.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
    return { heldOut, file: path.basename(holdOutNames) };
  }
  const entry = dataset === undefined ? undefined : await readDataset(dataset);
  return { heldOut: entry?.kind === 'dataset' ? entry.record.identities.filter(({ heldOut }) => heldOut).map(({ name }) => name) : [] };
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
