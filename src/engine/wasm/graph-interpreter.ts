import { setImmediate as nextTurn } from 'node:timers/promises';
import type * as tfjs from '@tensorflow/tfjs';
import { errorText } from '../../base/user-error';
import type { GraphDef, GraphNode, HostTensor } from '../../network/graph/graph-def';
import type { GraphSession, NamedTensors } from '../engine';
import { parseOutputName } from '../output-name';
import { RunQueue } from '../run-queue';
import type { Tf } from './convolution-window';
import { toHostTensor, toTensorflowJs } from './host-tensors';
import { OpCall, type GraphValue, type OpTable } from './op-call';
import { opTable } from './ops/op-table';
import { Variable } from './variable';

/** After this long without a pause the event loop gets a turn. */
const sliceMs = 20;

/** Values of nodes by output; undefined entries were not computed. */
type Values = Map<string, readonly GraphValue[]>;

/** Runs a graph node by node with TensorFlow.js, in the order of the graph, on the current backend. */
export class InterpretedSession implements GraphSession {
  private readonly positions: ReadonlyMap<string, number>;
  private readonly variables = new Map<string, Variable>();
  private readonly queue = new RunQueue(() => this.free());

  constructor(
    private readonly tf: Tf,
    private readonly graph: GraphDef,
    private readonly ops: OpTable = opTable,
  ) {
    this.positions = new Map(graph.nodes.map((node, position) => [node.name, position]));
  }

  run(feeds: NamedTensors, fetches: readonly string[], targets: readonly string[] = []): Promise<HostTensor[]> {
    return this.queue.add(() => this.runNow(feeds, fetches, targets));
  }

  close(): void {
    this.queue.close();
  }

  private async runNow(feeds: NamedTensors, fetches: readonly string[], targets: readonly string[]): Promise<HostTensor[]> {
    const plan = this.plan(Object.keys(feeds), fetches, targets);
    const values: Values = new Map();
    try {
      for (const [name, tensor] of Object.entries(feeds)) values.set(this.node(parseOutputName(name).node).name, [this.feed(name, tensor)]);
      let sliceStart = performance.now();
      for (const [i, node] of plan.nodes.entries()) {
        values.set(node.name, this.compute(node, values));
        for (const name of plan.lastUsedBy[i] ?? []) release(values, name);
        if (performance.now() - sliceStart > sliceMs) {
          await nextTurn();
          sliceStart = performance.now();
        }
      }
      return fetches.map((name) => this.fetch(name, values));
    } finally {
      for (const name of [...values.keys()]) release(values, name);
    }
  }

  /** The nodes that are needed, in the graph's order, and after each of them the values that nobody reads any more. */
  private plan(fed: readonly string[], fetches: readonly string[], targets: readonly string[]): { nodes: GraphNode[]; lastUsedBy: string[][] } {
    const known = new Set(fed.map((name) => parseOutputName(name).node));
    const needed = new Set<number>();
    const waiting = [...fetches.map((name) => parseOutputName(name).node), ...targets];
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      const position = this.position(name);
      if (known.has(name) || needed.has(position)) continue;
      needed.add(position);
      waiting.push(...this.nodeAt(position).inputs.map(sourceNode));
    }
    const nodes = [...needed].sort((a, b) => a - b).map((position) => this.nodeAt(position));
    const lastUse = new Map<string, number>();
    for (const [i, node] of nodes.entries()) for (const input of [node.name, ...node.inputs.map(sourceNode)]) lastUse.set(input, i);
    for (const name of fetches) lastUse.delete(parseOutputName(name).node);
    const lastUsedBy: string[][] = nodes.map(() => []);
    for (const [name, i] of lastUse) lastUsedBy[i]?.push(name);
    return { nodes, lastUsedBy };
  }

  private compute(node: GraphNode, values: Values): readonly GraphValue[] {
    const implementation = this.ops[node.op];
    if (!implementation) throw new Error(`Node ${node.name}: the WebAssembly engine has no operation ${node.op}`);
    try {
      const inputs = node.inputs.filter((input) => !input.startsWith('^')).map((input) => valueOf(input, values));
      return this.owned(() => implementation(new OpCall(this.tf, node, inputs, this.variables)));
    } catch (error) {
      throw new Error(`Node ${node.name} (${node.op}): ${errorText(error)}`, { cause: error });
    }
  }

  /** Results that belong to nobody else: an operation may hand through its input. */
  private owned(body: () => GraphValue | readonly tfjs.Tensor[]): readonly GraphValue[] {
    let variable: Variable | undefined;
    const tensors = this.tf.tidy(() => {
      const result = body();
      if (result instanceof Variable) variable = result;
      return result instanceof Variable ? [] : [result].flat().map((tensor) => tensor.clone());
    });
    return variable ? [variable] : tensors;
  }

  private feed(name: string, tensor: HostTensor): tfjs.Tensor {
    try {
      return toTensorflowJs(this.tf, tensor);
    } catch (error) {
      throw new Error(`Feed ${name}: ${errorText(error)}`, { cause: error });
    }
  }

  private fetch(name: string, values: Values): HostTensor {
    const value = valueOf(name, values);
    if (value instanceof Variable) throw new Error(`${name} is a variable; fetch what reads it`);
    return toHostTensor(value, this.node(parseOutputName(name).node));
  }

  private node(name: string): GraphNode {
    return this.nodeAt(this.position(name));
  }

  private nodeAt(position: number): GraphNode {
    const node = this.graph.nodes[position];
    if (!node) throw new Error(`The graph has no node ${position}`);
    return node;
  }

  private position(name: string): number {
    const position = this.positions.get(name);
    if (position === undefined) throw new Error(`The graph has no node ${name}`);
    return position;
  }

  private free(): void {
    for (const variable of this.variables.values()) variable.dispose();
    this.variables.clear();
  }
}

/** The node that an input (`node`, `node:1` or `^node`) comes from. */
function sourceNode(input: string): string {
  return input.startsWith('^') ? input.slice(1) : parseOutputName(input).node;
}

function valueOf(name: string, values: Values): GraphValue {
  const { node, index } = parseOutputName(name);
  const outputs = values.get(node);
  const value = outputs?.[index];
  if (value === undefined) throw new Error(`Node ${node} has ${outputs?.length ?? 0} outputs; there is no ${name}`);
  return value;
}

function release(values: Values, name: string): void {
  for (const value of values.get(name) ?? []) if (!(value instanceof Variable)) value.dispose();
  values.delete(name);
}
