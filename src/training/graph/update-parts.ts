import type { GraphTensor } from '../../network/graph/graph-builder';
import type { VariableGradient } from '../gradients/differentiate';

/** A weight that is not trained, and its value after the batch. */
export interface Statistic {
  readonly name: string;
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
