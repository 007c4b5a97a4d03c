/** Field numbers and enum values of onnx.proto (ONNX 1.x, IR version 7) that are written and read. */
export const modelFields = { irVersion: 1, producerName: 2, producerVersion: 3, graph: 7, opsetImport: 8, metadata: 14 } as const;
export const opsetFields = { domain: 1, version: 2 } as const;
export const metadataFields = { key: 1, value: 2 } as const;
export const graphFields = { node: 1, name: 2, initializer: 5, input: 11, output: 12 } as const;
export const nodeFields = { input: 1, output: 2, name: 3, opType: 4, attribute: 5 } as const;
export const attributeFields = { name: 1, float: 2, int: 3, text: 4, tensor: 5, floats: 7, ints: 8, type: 20 } as const;
export const attributeTypes = { float: 1, int: 2, ints: 7 } as const;
export const tensorFields = { dims: 1, dataType: 2, floatData: 4, int32Data: 5, int64Data: 7, name: 8, rawData: 9, externalData: 13, dataLocation: 14 } as const;
export const dataTypes = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, bool: 9, float16: 10, float64: 11 } as const;
/** TensorProto.DataLocation EXTERNAL. */
export const externalDataLocation = 1;
export const valueInfoFields = { name: 1, type: 2 } as const;
/** TypeProto.tensor_type, then TypeProto.Tensor, TensorShapeProto and its Dimension. */
export const typeFields = { tensor: 1, elementType: 1, shape: 2, dimension: 1, dimensionValue: 1, dimensionName: 2 } as const;

/** IR 7 and opset 13 are read by every onnxruntime since 1.6 (2020). */
export const irVersion = 7;
export const opsetVersion = 13;

/** Key of the metadata entry that holds face.json. */
export const faceMetadataKey = 'mobilefacenet.face';
export const inputName = 'input';
export const outputName = 'embedding';
