import path from 'node:path';
import { DownloadFailure } from '../../base/download/download-failure';
import { download, removeDownload } from '../../base/download/download';
import { hostOf } from '../../base/download/network-failure';
import { ProvisioningFailure, requireDownloads, type ProvisioningStep } from './provisioning-step';
import { unpackLibraries } from './unpack-libraries';

/** TensorFlow's official C library archive. */
export const archiveStep: ProvisioningStep = {
  name: 'archive',
  async run(context) {
    requireDownloads(context);
    const archive = context.archives[`${context.platform}-${context.architecture}`];
    if (!archive) throw new ProvisioningFailure(`there is no official archive for ${context.platform}-${context.architecture}`);
    await context.requireDiskSpace();
    const url = `${context.archiveUrl.replace(/\/+$/, '')}/${archive.path}`;
    const file = path.join(context.downloadFolder, `${path.posix.basename(archive.path)}.part`);
    await download(context.http, { url, file, ...(archive.sha256 ? { sha256: archive.sha256 } : {}) }, {
      signal: context.signal,
      onProgress: (done, total) =>
        context.progress.report({ label: `Downloading TensorFlow from ${hostOf(url)}`, done, unit: 'bytes', ...(total === undefined ? {} : { total }) }),
    });
    return await unpackDownload(file, context);
  },
};

/** Unpacks a finished download; what turns out to be damaged is removed, so that the next run fetches it anew. */
export async function unpackDownload(file: string, context: Parameters<typeof unpackLibraries>[1]): Promise<string> {
  try {
    return await unpackLibraries(file, context);
  } catch (error) {
    if (error instanceof DownloadFailure) await removeDownload(file);
    throw error;
  }
}
