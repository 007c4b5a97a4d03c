import type { GraphBuilder, GraphTensor, GraphVariable } from '../../network/graph/graph-builder';
import * as ops from '../../network/graph/operations';
import type { SampledRows } from '../heads/head-weights';
import type { OptimizerInputs } from '../optimizers';
import type { OptimizerRecipe } from '../recipe/optimizer-section';

/**
 * One optimizer step on the sampled rows of a table and of its slots; all other rows stay as they are, their moments too ("lazy" in
 * TensorFlow's terms). Nothing of the table's size is computed or copied.
 * @param slot makes a slot of the table's shape
 * @returns the nodes to run
 */
export function addRowUpdate(
  g: GraphBuilder, recipe: OptimizerRecipe, rows: SampledRows, gradient: GraphTensor, inputs: OptimizerInputs, slot: (name: string) => GraphVariable,
): string[] {
  const { table, indices, value } = rows;
  const add = (a: GraphTensor, b: GraphTensor): GraphTensor => ops.binary(g, 'AddV2', a, b);
  const times = (a: GraphTensor, b: GraphTensor): GraphTensor => ops.binary(g, 'Mul', a, b);
  const write = (variable: GraphVariable, updated: GraphTensor): string => ops.assignRows(g, variable, indices, updated, 'update');
  const moved = (direction: GraphTensor, rate: GraphTensor): string => write(table, ops.binary(g, 'Sub', value, times(direction, rate)));
  if (recipe.kind === 'sgd') {
    const accumulator = slot('momentum');
    const momentum = g.scalar(recipe.momentum);
    const sum = add(times(ops.gatherRows(g, accumulator, indices), momentum), gradient);
    const direction = recipe.nesterov ? add(gradient, times(sum, momentum)) : sum;
    return [write(accumulator, sum), moved(direction, inputs.learningRate)];
  }
  const [first, second] = [slot('m'), slot('v')];
  const mix = (variable: GraphVariable, beta: number, now: GraphTensor): GraphTensor =>
    add(times(ops.gatherRows(g, variable, indices), g.scalar(beta)), times(now, g.scalar(1 - beta)));
  const mean = mix(first, recipe.beta1, gradient);
  const square = mix(second, recipe.beta2, ops.unary(g, 'Square', gradient));
  const rest = (power: GraphTensor): GraphTensor => ops.binary(g, 'Sub', g.scalar(1), power);
  const rate = times(inputs.learningRate, ops.binary(g, 'RealDiv', ops.unary(g, 'Sqrt', rest(inputs.beta2Power)), rest(inputs.beta1Power)));
  const direction = ops.binary(g, 'RealDiv', mean, add(ops.unary(g, 'Sqrt', square), g.scalar(recipe.epsilon)));
  return [write(first, mean), write(second, square), moved(direction, rate)];
}
