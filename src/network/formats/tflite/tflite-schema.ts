/**
 * The part of TensorFlow Lite's schema.fbs (version 3) that is written and read: slots of table fields and values of enums.
 * Names follow the schema.
 */
export const schemaVersion = 3;
export const fileIdentifier = 'TFL3';

export const modelSlots = { version: 0, operatorCodes: 1, subgraphs: 2, description: 3, buffers: 4, metadata: 6, signatureDefs: 7 } as const;
export const operatorCodeSlots = { deprecatedBuiltinCode: 0, version: 2, builtinCode: 3 } as const;
export const subgraphSlots = { tensors: 0, inputs: 1, outputs: 2, operators: 3, name: 4 } as const;
export const tensorSlots = { shape: 0, type: 1, buffer: 2, name: 3, quantization: 4, shapeSignature: 7 } as const;
export const quantizationSlots = { scale: 2, zeroPoint: 3, quantizedDimension: 6 } as const;
export const operatorSlots = { opcodeIndex: 0, inputs: 1, outputs: 2, builtinOptionsType: 3, builtinOptions: 4 } as const;
export const bufferSlots = { data: 0 } as const;
export const metadataSlots = { name: 0, buffer: 1 } as const;
export const signatureSlots = { inputs: 0, outputs: 1, key: 2 } as const;
export const tensorMapSlots = { name: 0, tensorIndex: 1 } as const;

export const tensorTypes = { float32: 0, int32: 2, int8: 9 } as const;
export type TfliteType = keyof typeof tensorTypes;

export const paddings = { same: 0, valid: 1 } as const;

export interface OperatorDefinition {
  /** BuiltinOperator. */
  readonly code: number;
  /** BuiltinOptions; 0 where the operator has none. */
  readonly optionsType: number;
  /** Fields of its options that differ from the schema's defaults. */
  readonly options: Readonly<Record<string, { readonly slot: number; readonly type: 'byte' | 'int' | 'float' }>>;
}

const strides = { strideW: { slot: 1, type: 'int' }, strideH: { slot: 2, type: 'int' } } as const;
const padding = { padding: { slot: 0, type: 'byte' } } as const;

export const operators = {
  ADD: { code: 0, optionsType: 11, options: {} },
  CONV_2D: { code: 3, optionsType: 1, options: { ...padding, ...strides } },
  DEPTHWISE_CONV_2D: { code: 4, optionsType: 2, options: { ...padding, ...strides, depthMultiplier: { slot: 3, type: 'int' } } },
  DEQUANTIZE: { code: 6, optionsType: 46, options: {} },
  FULLY_CONNECTED: { code: 9, optionsType: 8, options: {} },
  MUL: { code: 18, optionsType: 21, options: {} },
  RELU: { code: 19, optionsType: 0, options: {} },
  RELU6: { code: 21, optionsType: 0, options: {} },
  RESHAPE: { code: 22, optionsType: 0, options: {} },
  PAD: { code: 34, optionsType: 22, options: {} },
  PRELU: { code: 54, optionsType: 0, options: {} },
  LEAKY_RELU: { code: 98, optionsType: 75, options: { alpha: { slot: 0, type: 'float' } } },
  QUANTIZE: { code: 114, optionsType: 89, options: {} },
} as const satisfies Record<string, OperatorDefinition>;
export type OperatorName = keyof typeof operators;
