/**
 * How a head's weights lie in variables. A head that compares all identities computes with its variables as they are. With Partial FC a
 * step gathers the sampled identities' rows of a table, [identities, values of one identity], and arranges them as the head expects.
 */
import type { GraphBuilder, GraphTensor, GraphVariable } from '../../network/graph/graph-builder';
import * as ops from '../../network/graph/operations';
import type { Initializer } from '../../network/weight-definitions';
import type { Head, HeadWeight } from './head';

/** Prefix of the head's variables. */
export const headPrefix = 'head/';

/** Ends the name of a table whose rows are gathered. */
const tableSuffix = '_rows';

/** Name of a weight's variable, whichever way it lies. */
export function baseNameOf(variable: string): string {
  return variable.endsWith(tableSuffix) ? variable.slice(0, -tableSuffix.length) : variable;
}

export interface HeadVariable {
  /** With prefix. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly initializer: Initializer;
  readonly trainable: boolean;
  /** `columns`: the last axis counts identities; `rows`: the first does; `state`: it belongs to no identity. */
  readonly layout: 'columns' | 'rows' | 'state';
}

export interface HeadSize {
  readonly embeddingLength: number;
  readonly identities: number;
  /** Identities of a step, when they are sampled. */
  readonly sampled: number | undefined;
}

/** The variables of a head, as a checkpoint holds them. */
export function headVariables(head: Head, { embeddingLength, identities, sampled }: HeadSize): HeadVariable[] {
  return head.weights(embeddingLength, identities).map((weight): HeadVariable => {
    const { name, shape, initializer, perIdentity } = weight;
    const common = { initializer, trainable: perIdentity };
    if (!perIdentity) return { ...common, name: headPrefix + name, shape, layout: 'state' };
    if (sampled === undefined) return { ...common, name: headPrefix + name, shape, layout: 'columns' };
    return { ...common, name: headPrefix + name + tableSuffix, shape: tableShape(shape, identities), layout: 'rows' };
  });
}

/** Rows of a variable that take part in a step; `value` is them alone. */
export interface SampledRows extends GraphVariable {
  readonly table: GraphVariable;
  /** int32 [rows] */
  readonly indices: GraphTensor;
}

export function isSampledRows(variable: GraphVariable): variable is SampledRows {
  return 'table' in variable;
}

/** The variable of a weight that is computed with as it is. */
export function wholeWeight(g: GraphBuilder, { name, shape }: HeadWeight): { variable: GraphVariable; value: GraphTensor } {
  const variable = g.variable(headPrefix + name, shape);
  return { variable, value: variable.value };
}

/** The rows of one weight at `indices`, and the same values as the head computes with. */
export function sampledWeight(
  g: GraphBuilder, weight: HeadWeight, identities: number, indices: GraphTensor,
): { variable: SampledRows; value: GraphTensor } {
  const sampled = ops.dimension(indices, 0);
  const columns = weight.shape.at(-1) ?? 0;
  const each = columns / sampled;
  const table = g.variable(headPrefix + weight.name + tableSuffix, tableShape(weight.shape, identities, sampled));
  const gathered = ops.gatherRows(g, table, indices);
  const variable: SampledRows = { ...table, shape: gathered.shape, value: gathered, table, indices };
  const [length] = weight.shape;
  if (weight.shape.length === 1 || length === undefined) return { variable, value: ops.reshape(g, gathered, weight.shape) };
  return { variable, value: ops.transpose(g, ops.reshape(g, gathered, [sampled * each, length]), [1, 0]) };
}

/** @param counted how many identities `shape` is for */
function tableShape(shape: readonly number[], identities: number, counted = identities): readonly number[] {
  return [identities, shape.reduce((product, size) => product * size, 1) / counted];
}
