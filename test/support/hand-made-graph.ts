import type { AttrValue, ElementType, GraphNode, HostTensor } from '../../src/network/graph/graph-def';

export const typeAttr = (value: ElementType): AttrValue => ({ kind: 'type', value });
export const intAttr = (value: number): AttrValue => ({ kind: 'int', value });
export const intsAttr = (value: readonly number[]): AttrValue => ({ kind: 'ints', value });
export const floatAttr = (value: number): AttrValue => ({ kind: 'float', value });
export const boolAttr = (value: boolean): AttrValue => ({ kind: 'bool', value });
export const stringAttr = (value: string): AttrValue => ({ kind: 'string', value });

export function node(name: string, op: string, inputs: readonly string[], attrs: Readonly<Record<string, AttrValue>> = {}): GraphNode {
  return { name, op, inputs, attrs };
}

export function placeholder(name: string, dtype: ElementType = 'float32', shape: readonly number[] = [-1]): GraphNode {
  return node(name, 'Placeholder', [], { dtype: typeAttr(dtype), shape: { kind: 'shape', value: shape } });
}

export function constant(name: string, tensor: HostTensor): GraphNode {
  return node(name, 'Const', [], { dtype: typeAttr(tensor.dtype), value: { kind: 'tensor', value: tensor } });
}

/** VarHandleOp `name`, `name/read`, and `name/assign` of placeholder `name/new_value`. */
export function variableNodes(name: string, shape: readonly number[]): GraphNode[] {
  const dtype = typeAttr('float32');
  return [
    node(name, 'VarHandleOp', [], { dtype, shape: { kind: 'shape', value: shape }, shared_name: stringAttr(name), container: stringAttr('') }),
    node(`${name}/read`, 'ReadVariableOp', [name], { dtype }),
    placeholder(`${name}/new_value`, 'float32', shape),
    node(`${name}/assign`, 'AssignVariableOp', [name, `${name}/new_value`], { dtype }),
  ];
}

export function float32(data: readonly number[], shape: readonly number[] = [data.length]): HostTensor {
  return { dtype: 'float32', shape, data: Float32Array.from(data) };
}

export function int32(data: readonly number[], shape: readonly number[] = [data.length]): HostTensor {
  return { dtype: 'int32', shape, data: Int32Array.from(data) };
}
