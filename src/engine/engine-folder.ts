import path from 'node:path';
import { productCacheFolder } from '../base/cache-folder';

/** TensorFlow release that the product is tested with; also the one that provisioning fetches. */
export const tensorflowVersion = '2.21.0';

/** Names of TensorFlow's shared libraries on this platform, in the order in which they must be loaded. */
export function libraryNames(platform: NodeJS.Platform = process.platform): readonly string[] {
  switch (platform) {
    case 'darwin':
      return ['libtensorflow_framework.2.dylib', 'libtensorflow_cc.2.dylib'];
    case 'win32':
      return ['tensorflow.dll'];
    default:
      return ['libtensorflow_framework.so.2', 'libtensorflow_cc.so.2'];
  }
}

/**
 * Folder that belongs to the engine of this product, TensorFlow version and platform; the editor and the command line share it.
 * `MOBILEFACENET_ENGINE_HOME` moves it (its parent); otherwise the user's cache folder.
 */
export function engineFolder(env: NodeJS.ProcessEnv = process.env): string {
  const home = env['MOBILEFACENET_ENGINE_HOME'] || path.join(productCacheFolder(env), 'engine');
  return path.join(home, `tf-${tensorflowVersion}-${process.platform}-${process.arch}`);
}

export function engineRecordPath(env: NodeJS.ProcessEnv = process.env): string {
  return path.join(engineFolder(env), 'engine.json');
}
