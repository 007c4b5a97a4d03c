import { mkdirSync } from 'node:fs';
import { copyFile, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { freeDiskBytes, writeFolderAtomic } from '../../base/atomic-file';
import { DownloadFailure } from '../../base/download/download-failure';
import { download, removeDownload } from '../../base/download/download';
import { HttpClient } from '../../base/download/http-client';
import { hostOf } from '../../base/download/network-failure';
import type { NetworkTimeouts } from '../../base/download/network-timeouts';
import { unpackTarGz } from '../../base/download/tar-archive';
import { silentProgress, type ProgressReporter } from '../../base/progress';
import { CancelledError, errorCode, UserError } from '../../base/user-error';
import { requireDiskSpace } from '../prepare-target';
import { isPhotoName } from '../scan';
import type { PublicFile, PublicPhotoSet } from './public-sets';

export interface DownloadPhotoSetOptions {
  /** Folder to make. */
  readonly out: string;
  readonly progress?: ProgressReporter;
  readonly signal?: AbortSignal;
  readonly timeouts?: NetworkTimeouts;
  readonly env?: NodeJS.ProcessEnv;
  readonly freeDiskBytes?: (folder: string) => Promise<number>;
}

export interface DownloadedPhotoSet {
  readonly photos: string;
  readonly pairsFile: string;
  readonly identities: number;
  readonly photoCount: number;
}

const defaultTimeouts: NetworkTimeouts = { responseMs: 20_000, idleMs: 30_000 };
const pairsFileName = 'pairs.txt';

/**
 * Fetches a public set of photos and its pairs: `<out>/<identity>/<photo>` and `<out>/pairs.txt`. What has come is kept when the
 * download is stopped, and the next one goes on there; the folder itself appears when it is complete.
 * @throws UserError when the folder exists, the disk is full or no address gives the right file; CancelledError
 */
export async function downloadPhotoSet(set: PublicPhotoSet, options: DownloadPhotoSetOptions): Promise<DownloadedPhotoSet> {
  const { out, progress = silentProgress, signal = new AbortController().signal } = options;
  await requireNewFolder(out);
  const partFolder = partFolderOf(out);
  await requireRoom(set, partFolder, options);
  const http = new HttpClient(options.env ?? process.env, options.timeouts ?? defaultTimeouts);
  const fetching = { http, partFolder, progress, signal };
  try {
    const archive = await fetchFile(set.archive, 'photos.tgz', fetching);
    const pairs = await fetchFile(set.pairs, pairsFileName, fetching);
    await writeFolderAtomic(out, async (temporary) => {
      await unpackPhotos(set, archive, temporary, { progress, signal });
      await copyFile(pairs, path.join(temporary, pairsFileName));
    });
  } finally {
    await http.close();
  }
  await rm(partFolder, { recursive: true, force: true });
  return { photos: out, pairsFile: path.join(out, pairsFileName), identities: set.identities, photoCount: set.photos };
}

/** Where an unfinished download lies: beside the folder that it becomes. */
function partFolderOf(out: string): string {
  return path.join(path.dirname(path.resolve(out)), `.${path.basename(path.resolve(out))}.download`);
}

async function requireNewFolder(out: string): Promise<void> {
  const names = await readdir(out).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return [];
    if (errorCode(error) === 'ENOTDIR') throw new UserError(`${out} is a file.`, 'Choose a new folder.', { cause: error });
    throw error;
  });
  if (names.length > 0) throw new UserError(`${out} exists and is not empty.`, 'Choose a new folder.');
}

async function requireRoom(set: PublicPhotoSet, partFolder: string, options: DownloadPhotoSetOptions): Promise<void> {
  const names = await readdir(partFolder).catch(() => []);
  const sizes = await Promise.all(names.map(async (name) => (await stat(path.join(partFolder, name))).size));
  const haveBytes = sizes.reduce((sum, size) => sum + size, 0);
  const neededBytes = set.archive.sizeBytes + set.pairs.sizeBytes + set.unpackedBytes - haveBytes;
  await requireDiskSpace(options.out, neededBytes, options.freeDiskBytes ?? freeDiskBytes);
}

interface Fetching {
  readonly http: HttpClient;
  readonly partFolder: string;
  readonly progress: ProgressReporter;
  readonly signal: AbortSignal;
}

/** Tries the addresses in turn. Each has a part file of its own, so that none spoils what another has sent. */
async function fetchFile(wanted: PublicFile, name: string, { http, partFolder, progress, signal }: Fetching): Promise<string> {
  const reasons: string[] = [];
  for (const [i, url] of wanted.urls.entries()) {
    const file = path.join(partFolder, `${name}.${i}.part`);
    try {
      await download(http, { url, file, sha256: wanted.sha256 }, {
        signal,
        onProgress: (done, total) => progress.report({ label: `Downloading from ${hostOf(url)}`, done, total: total ?? wanted.sizeBytes, unit: 'bytes' }),
      });
      return file;
    } catch (error) {
      if (!(error instanceof DownloadFailure)) throw error;
      reasons.push(error.message);
    }
  }
  throw new UserError(`${name} could not be fetched: ${reasons.join('; ')}.`, 'Check the network (HTTPS_PROXY names a proxy), then run the same command again: it goes on where it stopped.');
}

async function unpackPhotos(set: PublicPhotoSet, archive: string, folder: string, { progress, signal }: Pick<Fetching, 'progress' | 'signal'>): Promise<void> {
  const identities = new Set<string>();
  let photos = 0;
  const targetOf = (member: string): string | undefined => {
    const place = placeOf(member);
    if (!place) return undefined;
    if (!identities.has(place.identity)) mkdirSync(path.join(folder, place.identity), { recursive: true });
    identities.add(place.identity);
    progress.report({ label: 'Unpacking', done: ++photos, total: set.photos, unit: 'photos' });
    return path.join(folder, place.identity, place.photo);
  };
  try {
    await unpackTarGz(archive, targetOf, { signal, onProgress: () => undefined });
    if (identities.size !== set.identities || photos !== set.photos) {
      throw new DownloadFailure(`it holds ${photos} photos of ${identities.size} people instead of ${set.photos} of ${set.identities}`);
    }
  } catch (error) {
    if (signal.aborted) throw new CancelledError('The download');
    if (!(error instanceof DownloadFailure) && errorCode(error)?.startsWith('Z_') !== true) throw error;
    await removeDownload(archive);
    throw new UserError(`The archive of ${set.title} cannot be used: ${error instanceof DownloadFailure ? error.message : 'it is damaged'}.`, 'Run the same command again.', { cause: error });
  }
}

/** `lfw/<identity>/<photo>` of an archive; undefined for everything else, so that nothing leaves the folder. */
function placeOf(member: string): { identity: string; photo: string } | undefined {
  const [, identity = '', photo = ''] = /^(?:\.\/)?[^/\\.][^/\\]*\/([^/\\:]+)\/([^/\\:]+)$/u.exec(member) ?? [];
  const isSafe = !identity.startsWith('.') && !photo.startsWith('.') && isPhotoName(photo);
  return isSafe ? { identity, photo } : undefined;
}
