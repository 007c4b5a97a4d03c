import type { GraphBuilder } from '../../network/graph/graph-builder';
import * as ops from '../../network/graph/operations';
import { assign } from './assign';
import type { VariableGradient } from '../gradients/differentiate';

export interface Accumulation {
  /** Mean of the gradients of all micro-batches, the present one being the last. */
  readonly gradients: readonly VariableGradient[];
  /** Nodes that keep the gradients of the first micro-batch, and that add those of a further one. */
  readonly first: readonly string[];
  readonly next: readonly string[];
}

/**
 * Gradients over `count` micro-batches: one run of the graph each, all but the last only adding up. The sums are of no use between
 * updates, so the first micro-batch replaces what is left of the last update.
 */
export function addAccumulation(g: GraphBuilder, gradients: readonly VariableGradient[], count: number): Accumulation {
  if (count === 1) return { gradients, first: [], next: [] };
  const first: string[] = [];
  const next: string[] = [];
  const means = gradients.map(({ variable, gradient }) => {
    const sum = g.variable(accumulatorPrefix + variable.name, variable.shape);
    return g.scope(sum.name, () => {
      first.push(assign(g, 'AssignVariableOp', 'first', sum.handle, gradient));
      next.push(assign(g, 'AssignAddVariableOp', 'next', sum.handle, gradient));
      return { variable, gradient: ops.binary(g, 'Mul', ops.binary(g, 'AddV2', sum.value, gradient), g.scalar(1 / count)) };
    });
  });
  return { gradients: means, first, next };
}

/** Prefix of the variables that hold sums of gradients; they are no part of a checkpoint. */
export const accumulatorPrefix = 'accumulated/';
