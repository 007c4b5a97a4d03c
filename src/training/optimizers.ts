import type { GraphBuilder, GraphTensor, GraphVariable } from '../network/graph/graph-builder';
import type { AttrValue } from '../network/graph/graph-def';
import * as ops from '../network/graph/operations';
import type { VariableGradient } from './gradients/differentiate';
import { addRowUpdate } from './graph/row-updates';
import { isSampledRows } from './heads/head-weights';
import { assign } from './graph/assign';
import type { OptimizerRecipe } from './recipe/optimizer-section';

/** Prefix of the optimizer's variables. */
export const slotPrefix = 'optimizer/';

/** What is fed to the update of every step. */
export interface OptimizerInputs {
  readonly learningRate: GraphTensor;
  /** beta1^t and beta2^t of Adam for the t-th update, t from 1. */
  readonly beta1Power: GraphTensor;
  readonly beta2Power: GraphTensor;
}

/**
 * Adds the update of all variables.
 * @param decayOf weight decay of a variable: for AdamW taken from the variable itself (Loshchilov & Hutter 2019), else an L2 penalty in the gradient
 * @returns the nodes to run, and the slot variables that belong into a checkpoint
 */
export function addOptimizer(
  g: GraphBuilder,
  recipe: OptimizerRecipe,
  gradients: readonly VariableGradient[],
  inputs: OptimizerInputs,
  decayOf: (name: string) => number,
): { updates: string[]; slots: GraphVariable[] } {
  const slots: GraphVariable[] = [];
  const createSlot = (variable: GraphVariable, name: string): GraphVariable => {
    const created = g.variable(`${slotPrefix}${variable.name}/${name}`, variable.shape);
    slots.push(created);
    return created;
  };
  const slot = (variable: GraphVariable, name: string): GraphTensor => createSlot(variable, name).handle;
  const updates = gradients.flatMap((entry) => g.scope(`${slotPrefix}${entry.variable.name}`, () => {
    const { variable } = entry;
    const decay = decayOf(variable.name);
    const decoupled = recipe.kind === 'adamw';
    const { gradient } = decoupled ? entry : withPenalty(g, entry, decay);
    if (isSampledRows(variable)) {
      const rows = decoupled && decay > 0 ? { ...variable, value: shrunk(g, variable.value, inputs.learningRate, decay) } : variable;
      return addRowUpdate(g, recipe, rows, gradient, inputs, (name) => createSlot(variable.table, name));
    }
    const after = decoupled && decay > 0 ? [shrink(g, variable, inputs.learningRate, decay)] : [];
    return [apply(g, recipe, { variable, gradient }, inputs, slot, after)];
  }));
  return { updates, slots };
}

function apply(
  g: GraphBuilder, recipe: OptimizerRecipe, { variable, gradient }: VariableGradient, inputs: OptimizerInputs,
  slot: (variable: GraphVariable, name: string) => GraphTensor, after: readonly string[],
): string {
  const common = { name: 'update', after };
  if (recipe.kind !== 'sgd') {
    return g.action({
      ...common, op: 'ResourceApplyAdam', attrs: attributes({ use_nesterov: false }),
      inputs: [
        variable.handle, slot(variable, 'm'), slot(variable, 'v'), inputs.beta1Power, inputs.beta2Power, inputs.learningRate,
        g.scalar(recipe.beta1), g.scalar(recipe.beta2), g.scalar(recipe.epsilon), gradient,
      ],
    });
  }
  if (recipe.momentum > 0) {
    return g.action({
      ...common, op: 'ResourceApplyMomentum', attrs: attributes({ use_nesterov: recipe.nesterov ?? false }),
      inputs: [variable.handle, slot(variable, 'momentum'), inputs.learningRate, gradient, g.scalar(recipe.momentum)],
    });
  }
  return g.action({ ...common, op: 'ResourceApplyGradientDescent', attrs: attributes({}), inputs: [variable.handle, inputs.learningRate, gradient] });
}

function attributes(flags: Readonly<Record<string, boolean>>): Record<string, AttrValue> {
  const named = Object.entries({ use_locking: false, ...flags }).map(([key, value]) => [key, { kind: 'bool', value }]);
  return { T: ops.float32Type, ...(Object.fromEntries(named) as Record<string, AttrValue>) };
}

function withPenalty(g: GraphBuilder, { variable, gradient }: VariableGradient, decay: number): VariableGradient {
  if (decay === 0) return { variable, gradient };
  return { variable, gradient: ops.binary(g, 'AddV2', gradient, ops.binary(g, 'Mul', variable.value, g.scalar(decay))) };
}

/** value - learning rate * decay * value */
function shrunk(g: GraphBuilder, value: GraphTensor, learningRate: GraphTensor, decay: number): GraphTensor {
  const share = ops.binary(g, 'Mul', learningRate, g.scalar(decay));
  return ops.binary(g, 'Sub', value, ops.binary(g, 'Mul', value, share));
}

/** variable -= learning rate * decay * variable */
function shrink(g: GraphBuilder, variable: GraphVariable, learningRate: GraphTensor, decay: number): string {
  const share = ops.binary(g, 'Mul', learningRate, g.scalar(decay));
  return assign(g, 'AssignSubVariableOp', 'decay', variable.handle, ops.binary(g, 'Mul', variable.value, share));
}
