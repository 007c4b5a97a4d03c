import type { GraphBuilder } from '../../network/graph/graph-builder';
import * as ops from '../../network/graph/operations';
import { assign } from './assign';
import type { VariableGradient } from '../gradients/differentiate';

export interface Accumulation<T> {
  /** Means over all micro-batches, the present one being the last. */
  readonly gradients: readonly T[];
  /** Nodes that keep the values of the first micro-batch, and that add those of a further one. */
  readonly first: readonly string[];
  readonly next: readonly string[];
}

/** A value of each micro-batch, and the variable or measure that it belongs to. */
interface Accumulated extends Pick<VariableGradient, 'gradient'> {
  readonly variable: Pick<VariableGradient['variable'], 'name' | 'shape'>;
}

/**
 * Gradients over `count` micro-batches: one run of the graph each, all but the last only adding up. The sums are of no use between
 * updates, so the first micro-batch replaces what is left of the last update.
 */
export function addAccumulation<T extends Accumulated>(g: GraphBuilder, gradients: readonly T[], count: number): Accumulation<T> {
  if (count === 1) return { gradients, first: [], next: [] };
  const first: string[] = [];
  const next: string[] = [];
  const means = gradients.map((entry) => {
    const { variable, gradient } = entry;
    const sum = g.variable(accumulatorPrefix + variable.name, variable.shape);
    return g.scope(sum.name, () => {
      first.push(assign(g, 'AssignVariableOp', 'first', sum.handle, gradient));
      next.push(assign(g, 'AssignAddVariableOp', 'next', sum.handle, gradient));
      return { ...entry, gradient: ops.binary(g, 'Mul', ops.binary(g, 'AddV2', sum.value, gradient), g.scalar(1 / count)) };
    });
  });
  return { gradients: means, first, next };
}

/** Prefix of the variables that hold sums of gradients; they are no part of a checkpoint. */
export const accumulatorPrefix = 'accumulated/';
