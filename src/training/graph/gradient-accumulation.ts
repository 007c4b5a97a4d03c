import type { GraphBuilder, GraphTensor } from '../../network/graph/graph-builder';
import * as ops from '../../network/graph/operations';
import { assign } from './assign';
import type { VariableGradient } from '../gradients/differentiate';
import type { BatchParts } from './batch-parts';
import { moveStatistic } from './update-parts';

export interface Accumulation extends BatchParts {
  /** Nodes that forget what was added, and that add a micro-batch. */
  readonly clear: readonly string[];
  readonly add: readonly string[];
}

/**
 * Gradients and measures over `count` micro-batches: the sums are cleared, each micro-batch adds its own by the same run of the graph and
 * moves the statistics, and the update needs only what is kept. (Runs that differ, such as one that adds and updates, would each keep
 * memory of their own.)
 * @returns means of all micro-batches, and the statistics as they are after them
 */
export function addAccumulation(g: GraphBuilder, batch: BatchParts, count: number): Accumulation {
  const clear: string[] = [];
  const add: string[] = [];
  const mean = (name: string, value: GraphTensor): GraphTensor => {
    const sum = g.variable(accumulatorPrefix + name, value.shape);
    return g.scope(sum.name, () => {
      clear.push(assign(g, 'AssignVariableOp', 'clear', sum.handle, ops.zeros(g, value.shape)));
      add.push(assign(g, 'AssignAddVariableOp', 'add', sum.handle, value));
      return ops.binary(g, 'Mul', sum.value, g.scalar(1 / count));
    });
  };
  add.push(...batch.statistics.map((statistic) => moveStatistic(g, statistic)));
  const means = (gradients: readonly VariableGradient[]): VariableGradient[] =>
    gradients.map(({ variable, gradient }) => ({ variable, gradient: mean(variable.name, gradient) }));
  return {
    gradients: means(batch.gradients), ownHead: means(batch.ownHead),
    statistics: batch.statistics.map(({ variable }) => ({ variable, value: variable.value })),
    loss: mean('loss', batch.loss), accuracy: mean('accuracy', batch.accuracy), clear, add,
  };
}

/** Prefix of the variables that hold sums over micro-batches; they are no part of a checkpoint. */
export const accumulatorPrefix = 'accumulated/';
