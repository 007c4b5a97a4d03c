import type { Pointer } from './c-api';
import { present, throwIfFailed, type TensorFlowLibrary } from './tensorflow-library';

/** TF_AttrType (tensorflow/c/tf_attrtype.h); TensorFlow.js also knows 9 for a resource. */
export const attrTypes = { string: 0, int: 1, float: 2, bool: 3, type: 4, shape: 5, resource: 9 } as const;

/** An attribute as tfjs-node's JavaScript describes it. */
export interface EagerAttr {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** Makes a TFE_Op with attributes and inputs. The caller runs and frees it. @throws Error naming the operation */
export function createEagerOp(
  tensorflow: TensorFlowLibrary, context: Pointer, status: Pointer, name: string, attrs: readonly EagerAttr[], inputs: readonly Pointer[],
): Pointer {
  const { api } = tensorflow;
  const created = api.TFE_NewOp(context, name, status);
  throwIfFailed(api, status);
  const op = present(created, 'operation');
  try {
    for (const input of inputs) {
      api.TFE_OpAddInput(op, input, status);
      throwIfFailed(api, status);
    }
    for (const attr of attrs) setAttr(tensorflow, op, status, attr);
    return op;
  } catch (error) {
    api.TFE_DeleteOp(op);
    throw error;
  }
}

function setAttr({ api }: TensorFlowLibrary, op: Pointer, status: Pointer, { name, type, value }: EagerAttr): void {
  switch (type) {
    case attrTypes.string: {
      const bytes = Buffer.from(String(value));
      api.TFE_OpSetAttrString(op, name, bytes, bytes.length);
      return;
    }
    case attrTypes.int:
      if (Array.isArray(value)) api.TFE_OpSetAttrIntList(op, name, BigInt64Array.from(value, BigInt), value.length);
      else api.TFE_OpSetAttrInt(op, name, Number(value));
      return;
    case attrTypes.float:
      if (Array.isArray(value)) api.TFE_OpSetAttrFloatList(op, name, Float32Array.from(value), value.length);
      else api.TFE_OpSetAttrFloat(op, name, Number(value));
      return;
    case attrTypes.bool:
      if (Array.isArray(value)) api.TFE_OpSetAttrBoolList(op, name, Uint8Array.from(value, Number), value.length);
      else api.TFE_OpSetAttrBool(op, name, value ? 1 : 0);
      return;
    case attrTypes.type:
      api.TFE_OpSetAttrType(op, name, Number(value));
      return;
    case attrTypes.shape: {
      const dims = BigInt64Array.from(value as readonly number[], BigInt);
      api.TFE_OpSetAttrShape(op, name, dims, dims.length, status);
      throwIfFailed(api, status);
      return;
    }
    default:
      throw new Error(`Attribute ${name} has the unknown type ${type}`);
  }
}
