import type { GraphBuilder, GraphTensor, GraphVariable, OpRecord } from '../../network/graph/graph-builder';
import { typeOf } from '../../network/graph/operations';
import { gradientRules } from './rules';

export interface VariableGradient {
  readonly variable: GraphVariable;
  readonly gradient: GraphTensor;
}

/**
 * Adds the gradient of a scalar to the graph by reverse-mode differentiation over the nodes built so far.
 * @returns one gradient per variable, in the variables' order
 * @throws Error naming the operation without a rule, or the variable that `loss` does not depend on
 */
export function differentiate(g: GraphBuilder, loss: GraphTensor, variables: readonly GraphVariable[]): VariableGradient[] {
  const gradientOf = backpropagate(g, { output: loss, gradient: g.scalar(1) }, variables);
  return variables.map((variable) => ({ variable, gradient: gradientOf(variable) }));
}

/** What a gradient is taken for: a variable, or what its `value` stands for. */
export type GradientSource = Pick<GraphVariable, 'name' | 'value'>;

/**
 * Adds the gradients of a scalar whose gradient for one tensor, `output`, is known: the rest of the way back, to variables or other tensors.
 * @returns the gradient for each of the sources
 * @throws Error naming the operation without a rule, or the source that `output` does not depend on
 */
export function backpropagate(
  g: GraphBuilder, { output, gradient: known }: { readonly output: GraphTensor; readonly gradient: GraphTensor }, sources: readonly GradientSource[],
): (source: GradientSource) => GraphTensor {
  const records = [...g.records];
  const needed = dependents(records, sources);
  const gradients = new Map<string, GraphTensor[]>([[output.ref, [known]]]);
  return g.scope('gradients', () => {
    for (const record of records.reverse()) {
      if (!record.inputs.some((input) => needed.has(input.ref))) continue;
      const outputGradients = record.outputs.map((output) => takeSum(g, gradients, output.ref));
      if (outputGradients.every((gradient) => gradient === undefined)) continue;
      addGradients(g, record, outputGradients, needed, gradients);
    }
    const found = new Map(sources.map(({ value }) => [value.ref, takeSum(g, gradients, value.ref)]));
    return ({ name, value }) => {
      const gradient = found.get(value.ref);
      if (!gradient) throw new Error(`The loss does not depend on variable ${name}`);
      return gradient;
    };
  });
}

/** Tensors that depend on one of the sources, other than through a StopGradient. */
function dependents(records: readonly OpRecord[], sources: readonly GradientSource[]): Set<string> {
  const found = new Set(sources.map(({ value }) => value.ref));
  for (const record of records) {
    if (record.node.op !== 'StopGradient' && record.inputs.some((input) => found.has(input.ref))) record.outputs.forEach((output) => found.add(output.ref));
  }
  return found;
}

function addGradients(
  g: GraphBuilder,
  record: OpRecord,
  outputGradients: readonly (GraphTensor | undefined)[],
  needed: ReadonlySet<string>,
  gradients: Map<string, GraphTensor[]>,
): void {
  const rule = gradientRules.get(record.node.op);
  if (!rule) throw new Error(`No gradient rule for ${record.node.op} (node ${record.node.name})`);
  const wanted = record.inputs.map((input) => needed.has(input.ref));
  const inputGradients = g.scope(record.node.name, () => rule({ g, ...record, gradients: outputGradients, wanted }));
  record.inputs.forEach((input, index) => {
    const gradient = inputGradients[index];
    if (!wanted[index] || !gradient) return;
    if (gradient.shape.join() !== input.shape.join()) {
      throw new Error(`Gradient of ${record.node.op} is [${gradient.shape.join()}] for an input [${input.shape.join()}]`);
    }
    gradients.set(input.ref, [...(gradients.get(input.ref) ?? []), gradient]);
  });
}

/** The sum of all gradients that reached a tensor; its readers come later in the graph, so it is complete when taken. */
function takeSum(g: GraphBuilder, gradients: Map<string, GraphTensor[]>, ref: string): GraphTensor | undefined {
  const parts = gradients.get(ref);
  const [first, ...rest] = parts ?? [];
  if (!parts || !first || rest.length === 0) return first;
  const sum = g.op1({
    op: 'AddN', inputs: parts, outputs: [{ shape: first.shape, dtype: first.dtype }],
    attrs: { N: { kind: 'int', value: parts.length }, T: typeOf(first) },
  });
  gradients.set(ref, [sum]);
  return sum;
}

