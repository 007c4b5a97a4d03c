import type { GraphBuilder, GraphTensor, GraphVariable } from '../../network/graph/graph-builder';
import * as ops from '../../network/graph/operations';
import type { Weight, Weights } from '../../network/network-spec';
import { assign } from './assign';

/** Prefix of the variables that hold averages. */
export const averagePrefix = 'ema/';

/** Weights as they were verified and saved: averages in place of the weights where a checkpoint has them. */
export function withAverages(values: Weights): Map<string, Weight> {
  return new Map([...values].map(([name, weight]) => [name, values.get(averagePrefix + name) ?? weight]));
}

/** The decay of update `update` (from 1): smaller at the start, so that the first weights are soon forgotten (TensorFlow's ExponentialMovingAverage). */
export function averageDecayAt(decay: number, update: number): number {
  return Math.min(decay, (1 + update) / (10 + update));
}

/**
 * Moves the averages of variables towards their values after the update: average += (value - average) * (1 - decay).
 * @param rate scalar, 1 - decay
 * @param after nodes that change the variables
 * @returns the nodes to run, and the average of each variable by its name
 */
export function addWeightAverages(
  g: GraphBuilder, variables: readonly GraphVariable[], rate: GraphTensor, after: readonly string[],
): { updates: string[]; averages: Map<string, string> } {
  const updates: string[] = [];
  const averages = new Map<string, string>();
  for (const variable of variables) {
    const average = g.variable(averagePrefix + variable.name, variable.shape);
    g.scope(average.name, () => {
      const value = g.op1({
        op: 'ReadVariableOp', name: 'source', inputs: [variable.handle], outputs: [{ shape: variable.shape }], attrs: { dtype: ops.float32Type }, after,
      });
      const change = ops.binary(g, 'Mul', ops.binary(g, 'Sub', average.value, value), rate);
      updates.push(assign(g, 'AssignSubVariableOp', 'update', average.handle, change));
    });
    averages.set(variable.name, average.name);
  }
  return { updates, averages };
}
