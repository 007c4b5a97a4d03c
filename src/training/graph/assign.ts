import type { GraphBuilder, GraphTensor } from '../../network/graph/graph-builder';
import { float32Type } from '../../network/graph/operations';

type AssignOp = 'AssignVariableOp' | 'AssignAddVariableOp' | 'AssignSubVariableOp';

/** Adds a node that changes a variable. @param name within the scope @returns its full name, to run it or to wait for it */
export function assign(g: GraphBuilder, op: AssignOp, name: string, handle: GraphTensor, value: GraphTensor): string {
  return g.action({ op, name, inputs: [handle, value], attrs: { dtype: float32Type } });
}
