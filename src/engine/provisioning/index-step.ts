import { createReadStream } from 'node:fs';
import path from 'node:path';
import { DownloadFailure } from '../../base/download/download-failure';
import { download, removeDownload } from '../../base/download/download';
import { hostOf } from '../../base/download/network-failure';
import { unpackDownload } from './archive-step';
import { findWheel, type WheelFile } from './package-index';
import { ProvisioningFailure, requireDownloads, type ProvisioningStep, type StepContext } from './provisioning-step';
import { NoRangeSupport, openRemoteSource } from './remote-zip';
import { tensorflowPackage } from './tensorflow-package';
import { libraryMembers, unpackFailure, unpackProgress } from './unpack-libraries';
import { inflateMember, memberDataOffset, readZipDirectory, type ZipMember } from './zip-archive';

/**
 * A wheel on a package index, of which only the libraries are fetched (192 of 273 MB), without Python.
 * Where the server cannot send parts, the whole wheel is fetched and checked against the index's SHA-256.
 */
export const indexStep: ProvisioningStep = {
  name: 'index',
  async run(context) {
    requireDownloads(context);
    if (context.indexUrl === undefined) throw new ProvisioningFailure('no package index is set (engine.indexUrl, MOBILEFACENET_ENGINE_INDEX)');
    const tensorflow = tensorflowPackage(context.platform, context.architecture);
    await context.requireDiskSpace();
    const wheel = await findWheel(context.http, context.indexUrl, tensorflow, context.signal);
    try {
      return await fetchMembers(wheel, context);
    } catch (error) {
      if (error instanceof NoRangeSupport) return await fetchWhole(wheel, context);
      throw error;
    }
  },
};

async function fetchMembers(wheel: WheelFile, context: StepContext): Promise<string> {
  const source = await openRemoteSource(context.http, wheel.url, context.signal);
  const members = libraryMembers(await readZipDirectory(source), context.platform);
  const total = [...members.values()].reduce((sum, member) => sum + member.compressedBytes, 0);
  let before = 0;
  for (const [library, member] of members) {
    const file = path.join(context.downloadFolder, `${wheel.fileName}.${library}.part`);
    const range = { first: await memberDataOffset(source, member), length: member.compressedBytes };
    await download(context.http, { url: wheel.url, file, range }, { signal: context.signal, onProgress: (done) => reportDownload(context, wheel, before + done, total) });
    before += member.compressedBytes;
    await unpackMember(member, file, path.join(context.stagingFolder, library), context);
  }
  return context.stagingFolder;
}

async function unpackMember(member: ZipMember, file: string, target: string, context: StepContext): Promise<void> {
  const compressed = createReadStream(file, { highWaterMark: 1 << 20 });
  try {
    await inflateMember(member, compressed, target, { signal: context.signal, onProgress: unpackProgress(context, member.sizeBytes) });
  } catch (error) {
    const failure = unpackFailure(error, context);
    if (failure instanceof DownloadFailure) await removeDownload(file);
    throw failure;
  }
}

async function fetchWhole(wheel: WheelFile, context: StepContext): Promise<string> {
  const file = path.join(context.downloadFolder, `${wheel.fileName}.part`);
  await download(context.http, { url: wheel.url, file, ...(wheel.sha256 ? { sha256: wheel.sha256 } : {}) }, {
    signal: context.signal,
    onProgress: (done, total) => reportDownload(context, wheel, done, total),
  });
  return await unpackDownload(file, context);
}

function reportDownload(context: StepContext, wheel: WheelFile, done: number, total: number | undefined): void {
  context.progress.report({ label: `Downloading TensorFlow from ${hostOf(wheel.url)}`, done, unit: 'bytes', ...(total === undefined ? {} : { total }) });
}
