import type * as tfjs from '@tensorflow/tfjs';
import type * as kernelBackend from '@tensorflow/tfjs-node/dist/nodejs_kernel_backend';
import { requirePackage, restoreRemovedUtilFunctions } from '../tfjs-shim';
import { openEagerContext } from './eager-context';
import type { TensorFlowLibrary } from './tensorflow-library';
import { TfjsBinding } from './tfjs-binding';

export interface TensorflowJs {
  readonly tf: typeof tfjs;
  /** Takes the backend out of TensorFlow.js and frees its tensors. */
  close(): void;
}

const backendName = 'tensorflow';

/**
 * TensorFlow.js on the native library: tfjs-node's JavaScript with a binding of our own. Its index.js is never loaded,
 * so neither its install script nor its compiled addon is needed.
 * @throws Error when another engine of this process already serves TensorFlow.js
 */
export async function openTensorflowJs(tensorflow: TensorFlowLibrary): Promise<TensorflowJs> {
  restoreRemovedUtilFunctions();
  const tf = requirePackage('@tensorflow/tfjs') as typeof tfjs;
  if (tf.engine().registryFactory[backendName]) throw new Error('TensorFlow.js is already in use by another engine of this process');
  requirePackage('@tensorflow/tfjs-node/dist/register_all_kernels.js');
  const { NodeJSKernelBackend } = requirePackage('@tensorflow/tfjs-node/dist/nodejs_kernel_backend.js') as typeof kernelBackend;
  const binding = new TfjsBinding(tensorflow, openEagerContext(tensorflow));
  const backend = new NodeJSKernelBackend(binding as unknown as ConstructorParameters<typeof NodeJSKernelBackend>[0], '@tensorflow/tfjs-node');
  tf.registerBackend(backendName, () => backend, 3);
  await tf.setBackend(backendName);
  return {
    tf,
    close() {
      tf.removeBackend(backendName);
      binding.close();
    },
  };
}
