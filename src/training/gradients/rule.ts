import type { GraphBuilder, GraphTensor, OpRecord } from '../../network/graph/graph-builder';
import type { AttrValue } from '../../network/graph/graph-def';

/** What a gradient rule is given: the operation, the gradients of its outputs, and which input gradients are wanted. */
export interface GradientContext extends OpRecord {
  readonly g: GraphBuilder;
  readonly gradients: readonly (GraphTensor | undefined)[];
  readonly wanted: readonly boolean[];
}

/** Adds the gradient nodes and returns one gradient per input; undefined where none is wanted or none exists. */
export type GradientRule = (context: GradientContext) => readonly (GraphTensor | undefined)[];

export function input(context: GradientContext, index: number): GraphTensor {
  return present(context.inputs[index], `input ${index} of ${context.node.op}`);
}

export function output(context: GradientContext, index: number): GraphTensor {
  return present(context.outputs[index], `output ${index} of ${context.node.op}`);
}

/** Gradient of output 0. */
export function gradient(context: GradientContext): GraphTensor {
  return present(context.gradients[0], `gradient of ${context.node.name}`);
}

type AttrKind = AttrValue['kind'];
type AttrOf = { [K in AttrKind]: Extract<AttrValue, { kind: K }>['value'] };

/** An attribute of the node. @throws Error when it is missing or of another kind */
export function attr<K extends AttrKind>(context: GradientContext, name: string, kind: K): AttrOf[K] {
  const found = context.node.attrs[name];
  if (found?.kind !== kind) throw new Error(`${context.node.op} has no ${kind} attribute ${name}`);
  return (found as unknown as { readonly value: AttrOf[K] }).value;
}

function present<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`Missing: ${what}`);
  return value;
}
