import { UserError, errorText } from '../base/user-error';
import type { Engine } from './engine';
import { locateEngine, type EngineWish } from './locate-engine';
import type { ThreadCounts } from './native/session-config';

export interface OpenEngineOptions extends EngineWish {
  /** Thread pools of the native engine; the first engine of a process decides. */
  readonly threads?: ThreadCounts;
}

/**
 * Opens TensorFlow: the C library when there is one, else (only when chosen) WebAssembly. See `locateEngine` for the order.
 * @throws UserError when no engine is installed or its library cannot be loaded
 */
export async function openEngine(options: OpenEngineOptions = {}): Promise<Engine> {
  const location = await locateEngine(options, process.env);
  if (location.kind === 'wasm') {
    const { openWasmEngine } = await import('./wasm/wasm-engine');
    return openWasmEngine();
  }
  const { openNativeEngine } = await import('./native/native-engine');
  try {
    return openNativeEngine(location.libraryPath, options.threads);
  } catch (error) {
    throw new UserError(
      `TensorFlow in ${location.libraryPath} cannot be loaded: ${errorText(error)}`,
      'Run `mobilefacenet engine install` again (in VS Code: MobileFaceNet: Install Engine).',
      { cause: error },
    );
  }
}
