import { stat } from 'node:fs/promises';
import path from 'node:path';
import { libraryNames } from '../engine-folder';

/** True when `folder` holds every TensorFlow library of the platform. */
export async function hasLibraries(folder: string, platform: NodeJS.Platform): Promise<boolean> {
  const found = await Promise.all(libraryNames(platform).map((name) => isFile(path.join(folder, name))));
  return found.every(Boolean);
}

async function isFile(file: string): Promise<boolean> {
  const stats = await stat(file).catch(() => undefined);
  return stats?.isFile() === true && stats.size > 0;
}

/**
 * Name under which a member of a wheel or of an official archive belongs into the engine's folder; undefined for others.
 * Wheels have `tensorflow/libtensorflow_cc.so.2`. The official archives have the same code as `lib/libtensorflow.so.2.18.0`
 * with links to it, and `lib/libtensorflow_framework.so.2.18.0`, which the former asks for as `.so.2`.
 */
export function libraryNameOf(memberPath: string, platform: NodeJS.Platform): string | undefined {
  const match = /^(?:\.\/)?(?:tensorflow|lib)\/([^/]+)$/.exec(memberPath);
  const name = match?.[1];
  if (name === undefined) return undefined;
  const pattern = platform === 'darwin' ? /^libtensorflow(|_cc|_framework)\.2(?:\.\d+)*\.dylib$/ : /^libtensorflow(|_cc|_framework)\.so\.2(?:\.\d+)*$/;
  if (platform === 'win32') return name === 'tensorflow.dll' ? name : undefined;
  const part = pattern.exec(name)?.[1];
  if (part === undefined) return undefined;
  return libraryNames(platform).find((library) => library.includes(part === '_framework' ? '_framework' : '_cc'));
}
