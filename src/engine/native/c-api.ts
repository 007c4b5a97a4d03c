/**
 * TensorFlow's C API (tensorflow/c/c_api.h, tf_status.h, tf_tensor.h, tf_tstring.h, eager/c_api.h) as far as this product
 * calls it. Every prototype is checked against those headers by hand: a wrong one ends the process.
 */
import { load, type KoffiFunc, type LibraryHandle } from 'koffi';

/** Address of a C object; null when the function returned none. */
export type Pointer = bigint;

/** Bytes that C reads or writes while a call lasts. */
export type Memory = Uint8Array | Int32Array | Float32Array | BigInt64Array | BigUint64Array;

type SessionRun = (
  session: Pointer, runOptions: Pointer | null,
  inputs: BigUint64Array, inputValues: BigUint64Array, inputCount: number,
  outputs: BigUint64Array, outputValues: BigUint64Array, outputCount: number,
  targets: BigUint64Array, targetCount: number,
  runMetadata: null, status: Pointer,
) => void;

/** Names and meanings as in the headers. */
export interface TensorFlowApi {
  TF_Version(): string;

  TF_NewStatus(): Pointer;
  TF_DeleteStatus(status: Pointer): void;
  TF_GetCode(status: Pointer): number;
  TF_Message(status: Pointer): string;

  TF_AllocateTensor(dtype: number, dims: BigInt64Array, rank: number, sizeBytes: number): Pointer | null;
  TF_DeleteTensor(tensor: Pointer): void;
  TF_TensorType(tensor: Pointer): number;
  TF_NumDims(tensor: Pointer): number;
  TF_Dim(tensor: Pointer, axis: number): number | bigint;
  TF_TensorData(tensor: Pointer): Pointer | null;
  TF_TensorByteSize(tensor: Pointer): number | bigint;
  TF_TensorElementCount(tensor: Pointer): number | bigint;

  TF_StringInit(text: Pointer): void;
  TF_StringCopy(text: Pointer, source: Uint8Array, sizeBytes: number): void;
  TF_StringGetDataPointer(text: Pointer): Pointer | null;
  TF_StringGetSize(text: Pointer): number | bigint;
  TF_StringDealloc(text: Pointer): void;

  TF_NewBufferFromString(bytes: Uint8Array, sizeBytes: number): Pointer;
  TF_DeleteBuffer(buffer: Pointer): void;
  TF_NewGraph(): Pointer;
  TF_DeleteGraph(graph: Pointer): void;
  TF_NewImportGraphDefOptions(): Pointer;
  TF_DeleteImportGraphDefOptions(options: Pointer): void;
  TF_GraphImportGraphDef(graph: Pointer, graphDef: Pointer, options: Pointer, status: Pointer): void;
  TF_GraphOperationByName(graph: Pointer, name: string): Pointer | null;
  TF_OperationNumOutputs(operation: Pointer): number;

  TF_NewSessionOptions(): Pointer;
  TF_DeleteSessionOptions(options: Pointer): void;
  TF_SetConfig(options: Pointer, config: Uint8Array, sizeBytes: number, status: Pointer): void;
  TF_SetTarget(options: Pointer, target: string): void;
  TF_NewSession(graph: Pointer, options: Pointer, status: Pointer): Pointer | null;
  TF_LoadSessionFromSavedModel(
    options: Pointer, runOptions: null, folder: string, tags: readonly string[], tagCount: number, graph: Pointer, metaGraph: null, status: Pointer,
  ): Pointer | null;
  TF_CloseSession(session: Pointer, status: Pointer): void;
  TF_DeleteSession(session: Pointer, status: Pointer): void;
  TF_SessionListDevices(session: Pointer, status: Pointer): Pointer | null;
  TF_SessionRun: KoffiFunc<SessionRun>;

  TF_DeviceListCount(list: Pointer): number;
  TF_DeviceListName(list: Pointer, index: number, status: Pointer): string;
  TF_DeviceListType(list: Pointer, index: number, status: Pointer): string;
  TF_DeleteDeviceList(list: Pointer): void;

  TFE_NewContextOptions(): Pointer;
  TFE_DeleteContextOptions(options: Pointer): void;
  TFE_ContextOptionsSetConfig(options: Pointer, config: Uint8Array, sizeBytes: number, status: Pointer): void;
  TFE_NewContext(options: Pointer, status: Pointer): Pointer | null;
  TFE_DeleteContext(context: Pointer): void;
  TFE_ContextListDevices(context: Pointer, status: Pointer): Pointer | null;

  TFE_NewTensorHandle(tensor: Pointer, status: Pointer): Pointer | null;
  TFE_DeleteTensorHandle(handle: Pointer): void;
  TFE_TensorHandleResolve(handle: Pointer, status: Pointer): Pointer | null;
  TFE_TensorHandleDataType(handle: Pointer): number;
  TFE_TensorHandleNumDims(handle: Pointer, status: Pointer): number;
  TFE_TensorHandleDim(handle: Pointer, axis: number, status: Pointer): number | bigint;
  TFE_TensorHandleCopyToDevice(handle: Pointer, context: Pointer, device: string, status: Pointer): Pointer | null;

  TFE_NewOp(context: Pointer, name: string, status: Pointer): Pointer | null;
  TFE_DeleteOp(op: Pointer): void;
  TFE_OpAddInput(op: Pointer, handle: Pointer, status: Pointer): void;
  TFE_OpSetAttrString(op: Pointer, name: string, value: Uint8Array, sizeBytes: number): void;
  TFE_OpSetAttrInt(op: Pointer, name: string, value: number | bigint): void;
  TFE_OpSetAttrIntList(op: Pointer, name: string, values: BigInt64Array, count: number): void;
  TFE_OpSetAttrFloat(op: Pointer, name: string, value: number): void;
  TFE_OpSetAttrFloatList(op: Pointer, name: string, values: Float32Array, count: number): void;
  TFE_OpSetAttrBool(op: Pointer, name: string, value: number): void;
  TFE_OpSetAttrBoolList(op: Pointer, name: string, values: Uint8Array, count: number): void;
  TFE_OpSetAttrType(op: Pointer, name: string, value: number): void;
  TFE_OpSetAttrShape(op: Pointer, name: string, dims: BigInt64Array, rank: number, status: Pointer): void;
  TFE_Execute(op: Pointer, outputs: BigUint64Array, outputCount: Int32Array, status: Pointer): void;
}

const prototypes: Readonly<Record<keyof TensorFlowApi, string>> = {
  TF_Version: 'const char *TF_Version()',

  TF_NewStatus: 'void *TF_NewStatus()',
  TF_DeleteStatus: 'void TF_DeleteStatus(void *status)',
  TF_GetCode: 'int TF_GetCode(void *status)',
  TF_Message: 'const char *TF_Message(void *status)',

  TF_AllocateTensor: 'void *TF_AllocateTensor(int dtype, const int64_t *dims, int rank, size_t size)',
  TF_DeleteTensor: 'void TF_DeleteTensor(void *tensor)',
  TF_TensorType: 'int TF_TensorType(void *tensor)',
  TF_NumDims: 'int TF_NumDims(void *tensor)',
  TF_Dim: 'int64_t TF_Dim(void *tensor, int axis)',
  TF_TensorData: 'void *TF_TensorData(void *tensor)',
  TF_TensorByteSize: 'size_t TF_TensorByteSize(void *tensor)',
  TF_TensorElementCount: 'int64_t TF_TensorElementCount(void *tensor)',

  TF_StringInit: 'void TF_StringInit(void *text)',
  TF_StringCopy: 'void TF_StringCopy(void *text, const void *source, size_t size)',
  TF_StringGetDataPointer: 'void *TF_StringGetDataPointer(void *text)',
  TF_StringGetSize: 'size_t TF_StringGetSize(void *text)',
  TF_StringDealloc: 'void TF_StringDealloc(void *text)',

  TF_NewBufferFromString: 'void *TF_NewBufferFromString(const void *bytes, size_t size)',
  TF_DeleteBuffer: 'void TF_DeleteBuffer(void *buffer)',
  TF_NewGraph: 'void *TF_NewGraph()',
  TF_DeleteGraph: 'void TF_DeleteGraph(void *graph)',
  TF_NewImportGraphDefOptions: 'void *TF_NewImportGraphDefOptions()',
  TF_DeleteImportGraphDefOptions: 'void TF_DeleteImportGraphDefOptions(void *options)',
  TF_GraphImportGraphDef: 'void TF_GraphImportGraphDef(void *graph, void *graphDef, void *options, void *status)',
  TF_GraphOperationByName: 'void *TF_GraphOperationByName(void *graph, const char *name)',
  TF_OperationNumOutputs: 'int TF_OperationNumOutputs(void *operation)',

  TF_NewSessionOptions: 'void *TF_NewSessionOptions()',
  TF_DeleteSessionOptions: 'void TF_DeleteSessionOptions(void *options)',
  TF_SetConfig: 'void TF_SetConfig(void *options, const void *config, size_t size, void *status)',
  TF_SetTarget: 'void TF_SetTarget(void *options, const char *target)',
  TF_NewSession: 'void *TF_NewSession(void *graph, void *options, void *status)',
  TF_LoadSessionFromSavedModel:
    'void *TF_LoadSessionFromSavedModel(void *options, void *runOptions, const char *folder, const char **tags, int tagCount, void *graph, void *metaGraph, void *status)',
  TF_CloseSession: 'void TF_CloseSession(void *session, void *status)',
  TF_DeleteSession: 'void TF_DeleteSession(void *session, void *status)',
  TF_SessionListDevices: 'void *TF_SessionListDevices(void *session, void *status)',
  TF_SessionRun:
    'void TF_SessionRun(void *session, void *runOptions, const void *inputs, const void *inputValues, int inputCount, '
    + 'const void *outputs, void *outputValues, int outputCount, const void *targets, int targetCount, void *runMetadata, void *status)',

  TF_DeviceListCount: 'int TF_DeviceListCount(void *list)',
  TF_DeviceListName: 'const char *TF_DeviceListName(void *list, int index, void *status)',
  TF_DeviceListType: 'const char *TF_DeviceListType(void *list, int index, void *status)',
  TF_DeleteDeviceList: 'void TF_DeleteDeviceList(void *list)',

  TFE_NewContextOptions: 'void *TFE_NewContextOptions()',
  TFE_DeleteContextOptions: 'void TFE_DeleteContextOptions(void *options)',
  TFE_ContextOptionsSetConfig: 'void TFE_ContextOptionsSetConfig(void *options, const void *config, size_t size, void *status)',
  TFE_NewContext: 'void *TFE_NewContext(void *options, void *status)',
  TFE_DeleteContext: 'void TFE_DeleteContext(void *context)',
  TFE_ContextListDevices: 'void *TFE_ContextListDevices(void *context, void *status)',

  TFE_NewTensorHandle: 'void *TFE_NewTensorHandle(void *tensor, void *status)',
  TFE_DeleteTensorHandle: 'void TFE_DeleteTensorHandle(void *handle)',
  TFE_TensorHandleResolve: 'void *TFE_TensorHandleResolve(void *handle, void *status)',
  TFE_TensorHandleDataType: 'int TFE_TensorHandleDataType(void *handle)',
  TFE_TensorHandleNumDims: 'int TFE_TensorHandleNumDims(void *handle, void *status)',
  TFE_TensorHandleDim: 'int64_t TFE_TensorHandleDim(void *handle, int axis, void *status)',
  TFE_TensorHandleCopyToDevice: 'void *TFE_TensorHandleCopyToDevice(void *handle, void *context, const char *device, void *status)',

  TFE_NewOp: 'void *TFE_NewOp(void *context, const char *name, void *status)',
  TFE_DeleteOp: 'void TFE_DeleteOp(void *op)',
  TFE_OpAddInput: 'void TFE_OpAddInput(void *op, void *handle, void *status)',
  TFE_OpSetAttrString: 'void TFE_OpSetAttrString(void *op, const char *name, const void *value, size_t size)',
  TFE_OpSetAttrInt: 'void TFE_OpSetAttrInt(void *op, const char *name, int64_t value)',
  TFE_OpSetAttrIntList: 'void TFE_OpSetAttrIntList(void *op, const char *name, const int64_t *values, int count)',
  TFE_OpSetAttrFloat: 'void TFE_OpSetAttrFloat(void *op, const char *name, float value)',
  TFE_OpSetAttrFloatList: 'void TFE_OpSetAttrFloatList(void *op, const char *name, const float *values, int count)',
  TFE_OpSetAttrBool: 'void TFE_OpSetAttrBool(void *op, const char *name, uint8_t value)',
  TFE_OpSetAttrBoolList: 'void TFE_OpSetAttrBoolList(void *op, const char *name, const uint8_t *values, int count)',
  TFE_OpSetAttrType: 'void TFE_OpSetAttrType(void *op, const char *name, int value)',
  TFE_OpSetAttrShape: 'void TFE_OpSetAttrShape(void *op, const char *name, const int64_t *dims, int rank, void *status)',
  TFE_Execute: 'void TFE_Execute(void *op, void *outputs, int *outputCount, void *status)',
};

/** What only a member of a cluster calls. */
export interface TensorFlowServerApi {
  TF_NewServer(serverDef: Uint8Array, sizeBytes: number, status: Pointer): Pointer | null;
  TF_ServerStart(server: Pointer, status: Pointer): void;
  TF_ServerTarget(server: Pointer): string;
}

const serverPrototypes: Readonly<Record<keyof TensorFlowServerApi, string>> = {
  TF_NewServer: 'void *TF_NewServer(const void *serverDef, size_t size, void *status)',
  TF_ServerStart: 'void TF_ServerStart(void *server, void *status)',
  TF_ServerTarget: 'const char *TF_ServerTarget(void *server)',
};

/** Looks up every function of the API in a loaded library. @throws Error naming the first function that it lacks */
export function bindTensorFlowApi(library: LibraryHandle): TensorFlowApi {
  return bind(library, prototypes) as unknown as TensorFlowApi;
}

/** As `bindTensorFlowApi`, for the functions of a server. */
export function bindServerApi(library: LibraryHandle): TensorFlowServerApi {
  return bind(library, serverPrototypes) as unknown as TensorFlowServerApi;
}

function bind(library: LibraryHandle, functions: Readonly<Record<string, string>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(functions).map(([name, prototype]) => [name, library.func(prototype)] as const));
}

/** memcpy in both directions. Memory of C is only ever copied: Electron forbids array buffers that lie outside its own heap. */
export interface MemoryCopy {
  toC(target: Pointer, source: Memory, sizeBytes: number): void;
  fromC(target: Memory, source: Pointer, sizeBytes: number): void;
}

const cLibraryNames: Partial<Record<NodeJS.Platform, string>> = { darwin: 'libSystem.B.dylib', win32: 'msvcrt.dll' };

export function bindMemoryCopy(platform: NodeJS.Platform = process.platform): MemoryCopy {
  const library = load(cLibraryNames[platform] ?? 'libc.so.6');
  const memcpy = library.func('void *memcpy(void *target, const void *source, size_t size)');
  return {
    toC: (target, source, sizeBytes) => void memcpy(target, source, sizeBytes),
    fromC: (target, source, sizeBytes) => void memcpy(target, source, sizeBytes),
  };
}
