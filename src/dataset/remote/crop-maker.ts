import { productVersion } from '../../base/product';
import { UserError } from '../../base/user-error';
import { engineFolder } from '../../engine/engine-folder';
import { locateEngine } from '../../engine/locate-engine';
import { readEngineRecord } from '../../engine/provisioning/provision-engine';

/** Counts up when queue, batches or results change within a version. */
const remoteFormat = 1;

/**
 * What crops depend on besides photos and settings: version of the product, platform and engine. Machines with the same one make the same crops,
 * so it names the queue, and workers of another kind never get these photos.
 */
export async function cropMakerName(env: NodeJS.ProcessEnv): Promise<string> {
  return [productVersion, remoteFormat, process.platform, process.arch, await engineName(env)].join('_');
}

/** A maker's name in words, e.g. "version 0.1.0 on linux x64 with TensorFlow 2.21.0". */
export function describeMaker(name: string): string {
  const [version = '?', , platform = '?', arch = '?', engine = '?'] = name.split('_');
  const engines: Readonly<Record<string, string>> = { none: 'without an engine', wasm: 'with the WebAssembly engine', own: 'with a TensorFlow of its own' };
  return `version ${version} on ${platform} ${arch} ${engines[engine] ?? `with TensorFlow ${engine}`}`;
}

async function engineName(env: NodeJS.ProcessEnv): Promise<string> {
  try {
    const location = await locateEngine({}, env);
    if (location.kind === 'wasm') return 'wasm';
    const record = await readEngineRecord(engineFolder(env));
    return record?.libraryPath === location.libraryPath ? record.version : 'own';
  } catch (error) {
    // Photos whose landmarks are known need no engine.
    if (error instanceof UserError) return 'none';
    throw error;
  }
}
