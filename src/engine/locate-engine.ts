import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../base/user-error';
import { engineFolder, engineRecordPath, libraryNames } from './engine-folder';
import type { EngineRecord } from './engine-record';

export type EngineLocation = { readonly kind: 'wasm' } | { readonly kind: 'native'; readonly libraryPath: string };

export interface EngineWish {
  readonly kind?: 'auto' | 'native' | 'wasm';
  /** Folder with libtensorflow. */
  readonly libraryPath?: string;
}

/**
 * Finds the engine to use: what the caller wants, then the environment (MOBILEFACENET_ENGINE = native or wasm, TF_LIB_DIR = folder),
 * then the engine that was installed.
 * @throws UserError when there is none, or a folder that was named has no TensorFlow
 */
export async function locateEngine(wish: EngineWish, env: NodeJS.ProcessEnv): Promise<EngineLocation> {
  const kind = wantedKind(wish, env);
  if (kind === 'wasm') return { kind: 'wasm' };
  if (wish.libraryPath !== undefined) return namedFolder(wish.libraryPath, 'The engine library path');
  const fromEnvironment = env['TF_LIB_DIR'];
  if (fromEnvironment) return namedFolder(fromEnvironment, 'TF_LIB_DIR');
  const record = await readRecord(env);
  if (record?.kind === 'wasm' && kind === 'auto') return { kind: 'wasm' };
  for (const folder of [record?.libraryPath, engineFolder(env)]) {
    if (folder !== undefined && hasTensorFlow(folder)) return { kind: 'native', libraryPath: folder };
  }
  throw new UserError(
    'TensorFlow is not installed for this product.',
    'Run `mobilefacenet engine install` (in VS Code: MobileFaceNet: Install Engine).',
  );
}

/** True when `folder` holds TensorFlow's shared libraries of this platform. */
export function hasTensorFlow(folder: string): boolean {
  return libraryNames().every((name) => existsSync(path.join(folder, name)));
}

function wantedKind(wish: EngineWish, env: NodeJS.ProcessEnv): 'auto' | 'native' | 'wasm' {
  if (wish.kind !== undefined && wish.kind !== 'auto') return wish.kind;
  const forced = env['MOBILEFACENET_ENGINE'];
  if (!forced || forced === 'auto') return 'auto';
  if (forced === 'native' || forced === 'wasm') return forced;
  throw new UserError(`MOBILEFACENET_ENGINE is "${forced}".`, 'Set it to native or wasm, or remove it.');
}

function namedFolder(folder: string, source: string): EngineLocation {
  if (hasTensorFlow(folder)) return { kind: 'native', libraryPath: path.resolve(folder) };
  throw new UserError(`${source} names ${folder}, which lacks ${libraryNames().join(' or ')}.`, 'Name the folder that holds these files, or remove the setting.');
}

/**
 * What the record of the installed engine says of it; undefined when there is none that can be read. It is looked at by hand and not by its
 * schema, because the editor asks as it starts and loads schemas later.
 */
async function readRecord(env: NodeJS.ProcessEnv): Promise<Pick<EngineRecord, 'kind' | 'libraryPath'> | undefined> {
  try {
    const { kind, libraryPath } = JSON.parse(await readFile(engineRecordPath(env), 'utf8')) as Partial<Record<keyof EngineRecord, unknown>>;
    if (kind !== 'native' && kind !== 'wasm') return undefined;
    return { kind, ...(typeof libraryPath === 'string' ? { libraryPath } : {}) };
  } catch {
    // Without a readable record the libraries in the engine's own folder decide.
    return undefined;
  }
}
