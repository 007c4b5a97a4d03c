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
  const records = [...g.records];
  const needed = dependents(records, variables);
  const gradients = new Map<string, GraphTensor[]>([[loss.ref, [g.scalar(1)]]]);
  return g.scope('gradients', () => {
    for (const record of records.reverse()) {
      if (!record.inputs.some((input) => needed.has(input.ref))) continue;
      const outputGradients = record.outputs.map((output) => takeSum(g, gradients, output.ref));
      if (outputGradients.every((gradient) => gradient === undefined)) continue;
      addGradients(g, record, outputGradients, needed, gradients);
    }
    return variables.map((variable) => {
      const gradient = takeSum(g, gradients, variable.value.ref);
      if (!gradient) throw new Error(`The loss does not depend on variable ${variable.name}`);
      return { variable, gradient };
    });
  });
}

/** Tensors that depend on one of the variables, other than through a StopGradient. */
function dependents(records: readonly OpRecord[], variables: readonly GraphVariable[]): Set<string> {
  const found = new Set(variables.map((variable) => variable.value.ref));
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

