import { elementCount, type AttrValue, type ElementType, type GraphDef, type GraphNode, type HostTensor } from './graph-def';

/** One output of a node, with what is known of it while the graph is built. A dimension of -1 (only the first) is the free batch. */
export interface GraphTensor {
  /** How other nodes name it: `node` or `node:1`. */
  readonly ref: string;
  readonly shape: readonly number[];
  readonly dtype: ElementType;
}

/** A node with its inputs and outputs as tensors: what differentiation walks over. */
export interface OpRecord {
  readonly node: GraphNode;
  readonly inputs: readonly GraphTensor[];
  readonly outputs: readonly GraphTensor[];
}

/** A variable of the graph: `handle` is the resource, `value` what it holds when it is read in a run. */
export interface GraphVariable {
  readonly name: string;
  readonly shape: readonly number[];
  readonly handle: GraphTensor;
  readonly value: GraphTensor;
}

export interface OpDescription {
  readonly op: string;
  readonly inputs: readonly GraphTensor[];
  readonly attrs?: Readonly<Record<string, AttrValue>>;
  readonly outputs: readonly { readonly shape: readonly number[]; readonly dtype?: ElementType }[];
  /** Name of the node within the scope; the operation's name by default. Made unique by a suffix. */
  readonly name?: string;
  /** Nodes that must have run before this one. */
  readonly after?: readonly string[];
}

/** Collects the nodes of one graph. Names are grouped by `scope`, as TensorBoard shows them. */
export class GraphBuilder {
  private readonly nodes: GraphNode[] = [];
  private readonly opRecords: OpRecord[] = [];
  private readonly nameUses = new Map<string, number>();
  private readonly constants = new Map<string, GraphTensor>();
  private readonly variableByName = new Map<string, GraphVariable>();
  private scopePath = '';

  /** Nodes added so far, in topological order. */
  get records(): readonly OpRecord[] {
    return this.opRecords;
  }

  get variables(): readonly GraphVariable[] {
    return [...this.variableByName.values()];
  }

  build(): GraphDef {
    return { nodes: [...this.nodes] };
  }

  /** Runs `body` with `name/` before the names of the nodes that it adds. */
  scope<T>(name: string, body: () => T): T {
    const outer = this.scopePath;
    this.scopePath = `${outer}${name}/`;
    try {
      return body();
    } finally {
      this.scopePath = outer;
    }
  }

  /** Adds a node and returns its outputs. */
  op(description: OpDescription): readonly GraphTensor[] {
    return this.add(description).outputs;
  }

  /** Adds a node that is run for what it changes. @returns its name, to run it or to wait for it */
  action(description: Omit<OpDescription, 'outputs'>): string {
    return this.add({ ...description, outputs: [] }).node.name;
  }

  /** `op` for a node with one output. */
  op1(description: OpDescription): GraphTensor {
    const [output] = this.op(description);
    if (output === undefined) throw new Error(`${description.op} has no output`);
    return output;
  }

  /**
   * Adds the nodes of `body` as one operation in the eyes of differentiation, which then takes the gradient rule of `op`
   * instead of those of its parts.
   */
  composite(op: string, inputs: readonly GraphTensor[], body: () => GraphTensor): GraphTensor {
    const start = this.opRecords.length;
    const output = body();
    const parts = this.opRecords.splice(start);
    // Constants are shared with the rest of the graph.
    this.opRecords.push(...parts.filter((part) => part.inputs.length === 0));
    this.opRecords.push({ node: { name: output.ref, op, inputs: inputs.map((input) => input.ref), attrs: {} }, inputs, outputs: [output] });
    return output;
  }

  /** A placeholder with exactly this name. */
  placeholder(name: string, shape: readonly number[], dtype: ElementType = 'float32'): GraphTensor {
    return this.topLevel(() =>
      this.op1({
        op: 'Placeholder', name, inputs: [], outputs: [{ shape, dtype }],
        attrs: { dtype: { kind: 'type', value: dtype }, shape: { kind: 'shape', value: shape } },
      }),
    );
  }

  /** A constant; equal constants share one node. */
  constant(tensor: HostTensor, name?: string): GraphTensor {
    const small = elementCount(tensor.shape) <= 64 && tensor.dtype !== 'string';
    const key = `${tensor.dtype}[${tensor.shape.join()}]${small ? Array.from(tensor.data as ArrayLike<number | bigint>).join() : ''}`;
    const known = small ? this.constants.get(key) : undefined;
    if (known) return known;
    const add = (): GraphTensor =>
      this.op1({
        op: 'Const', name: name ?? 'constants/constant', inputs: [], outputs: [{ shape: tensor.shape, dtype: tensor.dtype }],
        attrs: { dtype: { kind: 'type', value: tensor.dtype }, value: { kind: 'tensor', value: tensor } },
      });
    const output = name === undefined ? this.topLevel(add) : add();
    if (small) this.constants.set(key, output);
    return output;
  }

  scalar(value: number): GraphTensor {
    return this.constant({ dtype: 'float32', shape: [], data: Float32Array.of(value) });
  }

  int32(values: readonly number[], shape: readonly number[] = [values.length]): GraphTensor {
    return this.constant({ dtype: 'int32', shape, data: Int32Array.from(values) });
  }

  /**
   * The variable of this name, made at first use. Its initial value is assigned through `assignPlaceholder(name)` and
   * the node `assignNode(name)`.
   */
  variable(name: string, shape: readonly number[]): GraphVariable {
    const known = this.variableByName.get(name);
    if (known) {
      if (known.shape.join() !== shape.join()) throw new Error(`Variable ${name} is [${known.shape.join()}], not [${shape.join()}]`);
      return known;
    }
    const variable = this.topLevel(() => {
      const float: AttrValue = { kind: 'type', value: 'float32' };
      const handle = this.op1({
        op: 'VarHandleOp', name, inputs: [], outputs: [{ shape: [], dtype: 'resource' }],
        attrs: {
          dtype: float, shape: { kind: 'shape', value: shape }, shared_name: { kind: 'string', value: name }, container: { kind: 'string', value: '' },
        },
      });
      const value = this.op1({ op: 'ReadVariableOp', name: `${name}/read`, inputs: [handle], outputs: [{ shape }], attrs: { dtype: float } });
      const initial = this.placeholder(assignPlaceholder(name), shape);
      this.op({ op: 'AssignVariableOp', name: assignNode(name), inputs: [handle, initial], outputs: [], attrs: { dtype: float } });
      return { name, shape, handle, value };
    });
    this.variableByName.set(name, variable);
    return variable;
  }

  private add(description: OpDescription): OpRecord {
    const name = this.uniqueName(this.scopePath + (description.name ?? description.op));
    const node: GraphNode = {
      name,
      op: description.op,
      inputs: [...description.inputs.map((input) => input.ref), ...(description.after ?? []).map((other) => `^${other}`)],
      attrs: description.attrs ?? {},
    };
    const outputs = description.outputs.map((output, index) => ({
      ref: index === 0 ? name : `${name}:${index}`,
      shape: output.shape,
      dtype: output.dtype ?? 'float32',
    }));
    this.nodes.push(node);
    const record = { node, inputs: description.inputs, outputs };
    this.opRecords.push(record);
    return record;
  }

  private topLevel<T>(body: () => T): T {
    const outer = this.scopePath;
    this.scopePath = '';
    try {
      return body();
    } finally {
      this.scopePath = outer;
    }
  }

  private uniqueName(wanted: string): string {
    const uses = this.nameUses.get(wanted) ?? 0;
    this.nameUses.set(wanted, uses + 1);
    return uses === 0 ? wanted : this.uniqueName(`${wanted}_${uses}`);
  }
}

/** Name of the placeholder that takes a new value of variable `name`. */
export function assignPlaceholder(name: string): string {
  return `${name}/new_value`;
}

/** Name of the node that assigns it. */
export function assignNode(name: string): string {
  return `${name}/assign`;
}

/** What to fetch to read variable `name`. */
export function readNode(name: string): string {
  return `${name}/read`;
}
