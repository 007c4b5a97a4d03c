import { UserError, errorText } from '../base/user-error';
import type { ClusterMember } from './cluster-member';
import type { Engine } from './engine';
import { locateEngine, type EngineWish } from './locate-engine';
import type { ThreadCounts } from './native/session-config';

export interface OpenEngineOptions extends EngineWish {
  /** Thread pools of the native engine; the first engine of a process decides. */
  readonly threads?: ThreadCounts;
  /** Makes this process a member of a cluster: graphs with collectives run together with those of the other members. Native engine only. */
  readonly cluster?: ClusterMember;
}

/**
 * Opens TensorFlow: the C library when there is one, else (only when chosen) WebAssembly. See `locateEngine` for the order.
 * @throws UserError when no engine is installed or its library cannot be loaded
 */
export async function openEngine(options: OpenEngineOptions = {}): Promise<Engine> {
  const location = await locateEngine(options, process.env);
  if (location.kind === 'wasm') {
    if (options.cluster) throw new UserError('Training on several ranks needs TensorFlow\'s native library.', 'Run `mobilefacenet engine install` on every machine.');
    const { openWasmEngine } = await import('./wasm/wasm-engine');
    return openWasmEngine();
  }
  const { openNativeEngine } = await import('./native/native-engine');
  try {
    return openNativeEngine(location.libraryPath, options.threads, options.cluster);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      `TensorFlow in ${location.libraryPath} cannot be loaded: ${errorText(error)}`,
      'Run `mobilefacenet engine install` again (in VS Code: MobileFaceNet: Install Engine).',
      { cause: error },
    );
  }
}
