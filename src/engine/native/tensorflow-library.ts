import path from 'node:path';
import { config, load, type LibraryHandle } from 'koffi';
import { errorText } from '../../base/user-error';
import { libraryNames } from '../engine-folder';
import { bindMemoryCopy, bindServerApi, bindTensorFlowApi, type MemoryCopy, type Pointer, type TensorFlowApi, type TensorFlowServerApi } from './c-api';
import { keepLoaded } from './library-lifetime';
import { withoutStandardError } from './quiet-load';
import { encodeSessionConfig, type ThreadCounts } from './session-config';

/** Stack of the threads that run graphs: TensorFlow optimises a graph on the thread that first runs it. */
const asyncStackBytes = 8 << 20;

/** A loaded libtensorflow. It stays loaded until the process ends: TensorFlow cannot be unloaded safely. */
export interface TensorFlowLibrary {
  readonly api: TensorFlowApi;
  /** What starts a server of a cluster. @throws Error naming the function that the library lacks */
  serverApi(): TensorFlowServerApi;
  readonly copy: MemoryCopy;
  readonly folder: string;
  /** E.g. "2.21.0". */
  readonly version: string;
  /** Serialized ConfigProto for sessions and eager contexts; absent for TensorFlow's defaults. */
  readonly sessionConfig?: Uint8Array;
  /** Calls `body` with a fresh TF_Status. @throws Error with TensorFlow's message when it reports a failure */
  checked<T>(body: (status: Pointer) => T): T;
}

/** @throws Error when the library cannot be loaded or lacks a function */
export function loadTensorFlow(folder: string, threads?: ThreadCounts): TensorFlowLibrary {
  const wantsMessages = process.env['TF_CPP_MIN_LOG_LEVEL'] !== undefined;
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  if (config().async_stack_size !== asyncStackBytes) config({ async_stack_size: asyncStackBytes });
  const library = wantsMessages ? loadLibraries(folder) : withoutStandardError(() => loadLibraries(folder));
  const api = bindTensorFlowApi(library);
  return {
    api,
    serverApi: () => bindServerApi(library),
    copy: bindMemoryCopy(),
    folder,
    version: api.TF_Version(),
    ...(threads === undefined ? {} : { sessionConfig: encodeSessionConfig(threads) }),
    checked: (body) => withStatus(api, body),
  };
}

/** Loads TensorFlow's libraries in order. The last one gives access to the functions of all. */
function loadLibraries(folder: string): LibraryHandle {
  const libraries = libraryNames().map((name) => {
    const file = path.join(folder, name);
    const library = loadNamed(file);
    keepLoaded(file);
    return library;
  });
  const last = libraries.at(-1);
  if (last === undefined) throw new Error(`TensorFlow has no libraries on ${process.platform}`);
  return last;
}

/**
 * Functions are bound at their first call: binding all of them takes a third of the loading time.
 * The system's own message does not always say which file it is about.
 */
function loadNamed(file: string): LibraryHandle {
  try {
    return load(file, { lazy: true });
  } catch (error) {
    throw new Error(`${file}: ${errorText(error)}`, { cause: error });
  }
}

function withStatus<T>(api: TensorFlowApi, body: (status: Pointer) => T): T {
  const status = api.TF_NewStatus();
  try {
    const result = body(status);
    throwIfFailed(api, status);
    return result;
  } finally {
    api.TF_DeleteStatus(status);
  }
}

/** @throws Error with TensorFlow's message, which names the node, when `status` is not OK */
export function throwIfFailed(api: TensorFlowApi, status: Pointer): void {
  if (api.TF_GetCode(status) !== 0) throw new Error(api.TF_Message(status));
}

/** A pointer that must not be null once its status was OK. */
export function present(pointer: Pointer | null, what: string): Pointer {
  if (pointer === null) throw new Error(`TensorFlow returned no ${what}`);
  return pointer;
}

/** Takes apart and frees a TF_DeviceList. */
export function takeDeviceList(tensorflow: TensorFlowLibrary, list: Pointer): { name: string; type: string }[] {
  const { api } = tensorflow;
  try {
    return Array.from({ length: api.TF_DeviceListCount(list) }, (_, index) => ({
      name: tensorflow.checked((status) => api.TF_DeviceListName(list, index, status)),
      type: tensorflow.checked((status) => api.TF_DeviceListType(list, index, status)),
    }));
  } finally {
    api.TF_DeleteDeviceList(list);
  }
}
