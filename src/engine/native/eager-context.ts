import type { Pointer } from './c-api';
import { present, takeDeviceList, type TensorFlowLibrary } from './tensorflow-library';

/** A TFE_Context: where operations run one by one. */
export interface EagerContext {
  readonly pointer: Pointer;
  /** Full name of the device that new tensors go to: the first GPU, else the CPU. */
  readonly device: string;
  readonly usesGpu: boolean;
  close(): void;
}

export function openEagerContext(tensorflow: TensorFlowLibrary): EagerContext {
  const { api, sessionConfig } = tensorflow;
  const options = api.TFE_NewContextOptions();
  const pointer = (() => {
    try {
      if (sessionConfig) tensorflow.checked((status) => api.TFE_ContextOptionsSetConfig(options, sessionConfig, sessionConfig.length, status));
      return present(tensorflow.checked((status) => api.TFE_NewContext(options, status)), 'context');
    } finally {
      api.TFE_DeleteContextOptions(options);
    }
  })();
  const devices = takeDeviceList(tensorflow, present(tensorflow.checked((status) => api.TFE_ContextListDevices(pointer, status)), 'device list'));
  const gpu = devices.find((device) => device.type === 'GPU');
  const device = gpu ?? devices.find((candidate) => candidate.type === 'CPU');
  if (!device) throw new Error('TensorFlow has no device');
  return { pointer, device: device.name, usesGpu: gpu !== undefined, close: () => api.TFE_DeleteContext(pointer) };
}
