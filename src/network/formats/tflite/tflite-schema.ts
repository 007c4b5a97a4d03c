/**
 * The part of TensorFlow Lite's schema.fbs (version 3) that is written and read: slots of table fields and values of enums.
 * Names follow the schema.
 */
export const schemaVersion = 3;
export const fileIdentifier = 'TFL3';

export const modelSlots = { version: 0, operatorCodes: 1, subgraphs: 2, description: 3, buffers: 4, metadata: 6, signatureDefs: 7 } as const;
export const operatorCodeSlots = { deprecatedBuiltinCode: 0, customCode: 1, version: 2, builtinCode: 3 } as const;
export const subgraphSlots = { tensors: 0, inputs: 1, outputs: 2, operators: 3, name: 4 } as const;
export const tensorSlots = { shape: 0, type: 1, buffer: 2, name: 3, quantization: 4, shapeSignature: 7 } as const;
export const quantizationSlots = { scale: 2, zeroPoint: 3, quantizedDimension: 6 } as const;
export const operatorSlots = { opcodeIndex: 0, inputs: 1, outputs: 2, builtinOptionsType: 3, builtinOptions: 4 } as const;
export const bufferSlots = { data: 0 } as const;
export const metadataSlots = { name: 0, buffer: 1 } as const;
export const signatureSlots = { inputs: 0, outputs: 1, key: 2 } as const;
export const tensorMapSlots = { name: 0, tensorIndex: 1 } as const;

export const tensorTypes = { float32: 0, float16: 1, int32: 2, uint8: 3, int64: 4, bool: 6, int16: 7, int8: 9 } as const;
export type TfliteType = keyof typeof tensorTypes;

export const paddings = { same: 0, valid: 1 } as const;
/** ActivationFunctionType: what an operator applies to its result. */
export const fusedActivations = { none: 0, relu: 1, reluN1To1: 2, relu6: 3 } as const;

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
const fusedFirst = { activation: { slot: 0, type: 'byte' } } as const;
/** Absent dilations are 1. */
const dilation = (slot: number): Record<'dilationW' | 'dilationH', { readonly slot: number; readonly type: 'int' }> => ({ dilationW: { slot, type: 'int' }, dilationH: { slot: slot + 1, type: 'int' } });
const keepDims = { keepDims: { slot: 0, type: 'byte' } } as const;

export const operators = {
  ADD: { code: 0, optionsType: 11, options: fusedFirst },
  AVERAGE_POOL_2D: { code: 1, optionsType: 5, options: { ...padding, ...strides, filterW: { slot: 3, type: 'int' }, filterH: { slot: 4, type: 'int' }, activation: { slot: 5, type: 'byte' } } },
  CONV_2D: { code: 3, optionsType: 1, options: { ...padding, ...strides, activation: { slot: 3, type: 'byte' }, ...dilation(4) } },
  DEPTHWISE_CONV_2D: { code: 4, optionsType: 2, options: { ...padding, ...strides, depthMultiplier: { slot: 3, type: 'int' }, activation: { slot: 4, type: 'byte' }, ...dilation(5) } },
  DEQUANTIZE: { code: 6, optionsType: 46, options: {} },
  FULLY_CONNECTED: { code: 9, optionsType: 8, options: fusedFirst },
  L2_NORMALIZATION: { code: 11, optionsType: 12, options: {} },
  MUL: { code: 18, optionsType: 21, options: fusedFirst },
  RELU: { code: 19, optionsType: 0, options: {} },
  RELU6: { code: 21, optionsType: 0, options: {} },
  RESHAPE: { code: 22, optionsType: 0, options: {} },
  PAD: { code: 34, optionsType: 22, options: {} },
  TRANSPOSE: { code: 39, optionsType: 26, options: {} },
  MEAN: { code: 40, optionsType: 27, options: keepDims },
  SUB: { code: 41, optionsType: 28, options: fusedFirst },
  DIV: { code: 42, optionsType: 29, options: fusedFirst },
  SQUEEZE: { code: 43, optionsType: 30, options: {} },
  STRIDED_SLICE: { code: 45, optionsType: 32, options: {} },
  PRELU: { code: 54, optionsType: 0, options: {} },
  MAXIMUM: { code: 55, optionsType: 39, options: {} },
  MINIMUM: { code: 57, optionsType: 39, options: {} },
  NEG: { code: 59, optionsType: 42, options: {} },
  PADV2: { code: 60, optionsType: 43, options: {} },
  EXPAND_DIMS: { code: 70, optionsType: 52, options: {} },
  SUM: { code: 74, optionsType: 27, options: keepDims },
  SQRT: { code: 75, optionsType: 0, options: {} },
  RSQRT: { code: 76, optionsType: 0, options: {} },
  SHAPE: { code: 77, optionsType: 55, options: {} },
  PACK: { code: 83, optionsType: 59, options: {} },
  SQUARE: { code: 92, optionsType: 66, options: {} },
  LEAKY_RELU: { code: 98, optionsType: 75, options: { alpha: { slot: 0, type: 'float' } } },
  ABS: { code: 101, optionsType: 78, options: {} },
  QUANTIZE: { code: 114, optionsType: 89, options: {} },
} as const satisfies Record<string, OperatorDefinition>;

/** Operators that are met in networks and not read; others are called by their number. */
export const otherOperators: Readonly<Record<number, string | undefined>> = {
  2: 'CONCATENATION', 14: 'LOGISTIC', 17: 'MAX_POOL_2D', 23: 'RESIZE_BILINEAR', 25: 'SOFTMAX', 28: 'TANH', 36: 'GATHER', 47: 'EXP', 49: 'SPLIT', 67: 'TRANSPOSE_CONV',
  78: 'POW', 117: 'HARD_SWISH', 126: 'BATCH_MATMUL', 150: 'GELU',
};
export type OperatorName = keyof typeof operators;
