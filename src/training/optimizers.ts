import type { GraphBuilder, GraphTensor, GraphVariable } from '../network/graph/graph-builder';
import { float32Type } from '../network/graph/operations';
import type { VariableGradient } from './gradients/differentiate';
import { addRowUpdate } from './graph/row-updates';
import { isSampledRows } from './heads/head-weights';
import type { OptimizerRecipe } from './recipe/optimizer-section';

/** What is fed to the update of every step. */
export interface OptimizerInputs {
  readonly learningRate: GraphTensor;
  /** beta1^t and beta2^t of Adam for the t-th update, t from 1. */
  readonly beta1Power: GraphTensor;
  readonly beta2Power: GraphTensor;
}

/** Adds the update of all variables. @returns the nodes to run, and the slot variables that belong into a checkpoint */
export function addOptimizer(
  g: GraphBuilder,
  recipe: OptimizerRecipe,
  gradients: readonly VariableGradient[],
  inputs: OptimizerInputs,
): { updates: string[]; slots: GraphVariable[] } {
  const updates: string[] = [];
  const slots: GraphVariable[] = [];
  const createSlot = (variable: GraphVariable, name: string): GraphVariable => {
    const created = g.variable(`optimizer/${variable.name}/${name}`, variable.shape);
    slots.push(created);
    return created;
  };
  const slot = (variable: GraphVariable, name: string): GraphTensor => createSlot(variable, name).handle;
  for (const { variable, gradient } of gradients) {
    if (isSampledRows(variable)) {
      updates.push(...addRowUpdate(g, recipe, variable, gradient, inputs, (name) => createSlot(variable.table, name)));
      continue;
    }
    const name = `${variable.name}/update`;
    updates.push(name);
    if (recipe.kind === 'sgd') {
      g.op({
        op: 'ResourceApplyMomentum', name, outputs: [],
        inputs: [variable.handle, slot(variable, 'momentum'), inputs.learningRate, gradient, g.scalar(recipe.momentum)],
        attrs: { T: float32Type, use_locking: { kind: 'bool', value: false }, use_nesterov: { kind: 'bool', value: false } },
      });
    } else {
      g.op({
        op: 'ResourceApplyAdam', name, outputs: [],
        inputs: [
          variable.handle, slot(variable, 'm'), slot(variable, 'v'), inputs.beta1Power, inputs.beta2Power, inputs.learningRate,
          g.scalar(recipe.beta1), g.scalar(recipe.beta2), g.scalar(recipe.epsilon), gradient,
        ],
        attrs: { T: float32Type, use_locking: { kind: 'bool', value: false }, use_nesterov: { kind: 'bool', value: false } },
      });
    }
  }
  return { updates, slots };
}
