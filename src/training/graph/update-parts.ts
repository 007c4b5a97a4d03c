import type { GraphBuilder, GraphTensor, GraphVariable } from '../../network/graph/graph-builder';
import type { VariableGradient } from '../gradients/differentiate';
import { assign } from './assign';

/** A weight that is not trained, and its value after the batch. */
export interface Statistic {
  readonly variable: GraphVariable;
  readonly value: GraphTensor;
}

/** What a batch, several of them, or those of all processes of a cluster make of an update. */
export interface UpdateParts {
  readonly gradients: readonly VariableGradient[];
  readonly statistics: readonly Statistic[];
  /** Scalar: mean cross-entropy before the update. */
  readonly loss: GraphTensor;
  /** Scalar: share of the pictures whose own identity scored highest. */
  readonly accuracy: GraphTensor;
}

/** Adds the node that gives a statistic its new value. @returns its name */
export function moveStatistic(g: GraphBuilder, { variable, value }: Statistic): string {
  return assign(g, 'AssignVariableOp', `${variable.name}/update`, variable.handle, value);
}
