import type { GraphBuilder, GraphTensor } from '../../network/graph/graph-builder';
import { float32Type } from '../../network/graph/operations';

type AssignOp = 'AssignVariableOp' | 'AssignAddVariableOp' | 'AssignSubVariableOp';

/** Adds a node that changes a variable, outside of any scope. @returns its name, to run it or to wait for it */
export function assign(g: GraphBuilder, op: AssignOp, name: string, handle: GraphTensor, value: GraphTensor): string {
  g.op({ op, name, inputs: [handle, value], outputs: [], attrs: { dtype: float32Type } });
  return name;
}
