import { toTensorflowJs } from '../host-tensors';
import type { OpTable } from '../op-call';
import { replaceSlices } from './shape-ops';

/** Sources of values, and variables. */
export const variableOps: OpTable = {
  Placeholder: () => {
    throw new Error('it was not fed');
  },
  Const: (call) => toTensorflowJs(call.tf, call.tensor('value')),
  Identity: (call) => call.input(0),
  StopGradient: (call) => call.input(0),
  NoOp: () => [],
  VarHandleOp: (call) => call.variable(call.string('shared_name', '') || call.node.name),
  ReadVariableOp: (call) => call.variableInput(0).value,
  AssignVariableOp: (call) => {
    call.variableInput(0).assign(call.tf, call.input(1));
    return [];
  },
  AssignAddVariableOp: (call) => {
    const variable = call.variableInput(0);
    variable.assign(call.tf, call.tf.add(variable.value, call.input(1)));
    return [];
  },
  AssignSubVariableOp: (call) => {
    const variable = call.variableInput(0);
    variable.assign(call.tf, call.tf.sub(variable.value, call.input(1)));
    return [];
  },
  /** Inputs: variable, indices. */
  ResourceGather: (call) => call.tf.gather(call.variableInput(0).value, call.tf.cast(call.input(1), 'int32')),
  /** Inputs: variable, indices of whole rows, new rows. */
  ResourceScatterUpdate: (call) => {
    const variable = call.variableInput(0);
    const indices = call.input(1);
    variable.assign(call.tf, replaceSlices(call.tf, variable.value, call.tf.reshape(indices, [indices.size, 1]), call.input(2)));
    return [];
  },
};
