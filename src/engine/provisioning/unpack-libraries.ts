import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { explainWriteError } from '../../base/atomic-file';
import { DownloadFailure } from '../../base/download/download-failure';
import { unpackTarGz } from '../../base/download/tar-archive';
import { CancelledError, UserError, errorCode, throwIfCancelled } from '../../base/user-error';
import { libraryNames } from '../engine-folder';
import { hasLibraries, libraryNameOf } from './library-files';
import { ProvisioningFailure, type StepContext } from './provisioning-step';
import { inflateMember, memberDataOffset, openFileSource, readZipDirectory, type ZipMember } from './zip-archive';

type UnpackContext = Pick<StepContext, 'platform' | 'stagingFolder' | 'progress' | 'signal'>;

/**
 * Unpacks TensorFlow's libraries from a wheel, a zip or a .tar.gz archive into the staging folder. The kind is told by
 * the first bytes, not by the name.
 * @returns the staging folder
 * @throws ProvisioningFailure when the file is something else, is damaged, or has no library for this platform
 */
export async function unpackLibraries(archive: string, context: UnpackContext): Promise<string> {
  const kind = await archiveKind(archive);
  try {
    if (kind === 'zip') await unpackZip(archive, context);
    else await unpackTar(archive, context);
  } catch (error) {
    throw unpackFailure(error, context);
  }
  if (await hasLibraries(context.stagingFolder, context.platform)) return context.stagingFolder;
  throw new ProvisioningFailure(`the archive does not hold ${libraryNames(context.platform).join(' and ')}`);
}

/** Files of a wheel or zip that hold a library of this platform. @throws ProvisioningFailure when one is missing */
export function libraryMembers(members: readonly ZipMember[], platform: NodeJS.Platform): Map<string, ZipMember> {
  const found = new Map<string, ZipMember>();
  for (const member of members) {
    const name = member.sizeBytes > 0 ? libraryNameOf(member.path, platform) : undefined;
    if (name !== undefined) found.set(name, member);
  }
  const missing = libraryNames(platform).filter((name) => !found.has(name));
  if (missing.length > 0) throw new ProvisioningFailure(`the archive does not hold ${missing.join(' and ')}`);
  return found;
}

/** One line for what unpacking threw; cancel and full disk are passed on as they are. */
export function unpackFailure(error: unknown, context: Pick<StepContext, 'signal' | 'stagingFolder'>): unknown {
  if (context.signal.aborted) return new CancelledError('The engine installation');
  if (error instanceof DownloadFailure || error instanceof UserError) return error;
  if (errorCode(error)?.startsWith('Z_')) {
    const reason = errorCode(error) === 'Z_BUF_ERROR' ? 'ends early' : 'is damaged';
    return new ProvisioningFailure(`the archive ${reason}`, { cause: error });
  }
  return explainWriteError(error, context.stagingFolder);
}

async function archiveKind(archive: string): Promise<'zip' | 'tar.gz'> {
  const handle = await open(archive, 'r').catch((error: unknown) => {
    throw new ProvisioningFailure(`${archive} cannot be read (${errorCode(error) ?? 'unknown reason'})`, { cause: error });
  });
  try {
    const start = Buffer.alloc(16);
    await handle.read(start, 0, start.length, 0);
    if (start.toString('latin1', 0, 2) === 'PK') return 'zip';
    if (start[0] === 0x1f && start[1] === 0x8b) return 'tar.gz';
    const isPage = start.toString('latin1').trimStart().startsWith('<');
    throw new ProvisioningFailure(isPage ? 'the file is a web page instead of an archive' : 'the file is neither a wheel, a zip nor a .tar.gz archive');
  } finally {
    await handle.close();
  }
}

async function unpackZip(archive: string, context: UnpackContext): Promise<void> {
  const source = await openFileSource(archive);
  try {
    const members = libraryMembers(await readZipDirectory(source), context.platform);
    const report = unpackProgress(context, [...members.values()].reduce((sum, member) => sum + member.sizeBytes, 0));
    let before = 0;
    for (const [name, member] of members) {
      throwIfCancelled(context.signal);
      const first = await memberDataOffset(source, member);
      const compressed = createReadStream(archive, { start: first, end: first + member.compressedBytes - 1, highWaterMark: 1 << 20 });
      await inflateMember(member, compressed, path.join(context.stagingFolder, name), { signal: context.signal, onProgress: (done) => report(before + done) });
      before += member.sizeBytes;
    }
  } finally {
    await source.close();
  }
}

async function unpackTar(archive: string, context: UnpackContext): Promise<void> {
  const targetOf = (memberPath: string): string | undefined => {
    const name = libraryNameOf(memberPath, context.platform);
    return name === undefined ? undefined : path.join(context.stagingFolder, name);
  };
  await unpackTarGz(archive, targetOf, { signal: context.signal, onProgress: unpackProgress(context, undefined) });
}

/** Reports unpacked bytes under one label. */
export function unpackProgress(context: Pick<StepContext, 'progress'>, total: number | undefined): (doneBytes: number) => void {
  return (done) => context.progress.report({ label: 'Unpacking TensorFlow', done, unit: 'bytes', ...(total === undefined ? {} : { total }) });
}
