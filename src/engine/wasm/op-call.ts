import type * as tfjs from '@tensorflow/tfjs';
import type { AttrValue, ElementType, GraphNode, HostTensor } from '../../network/graph/graph-def';
import type { Tf } from './convolution-window';
import { Variable } from './variable';

/** What flows along the edges of an interpreted graph. */
export type GraphValue = tfjs.Tensor | Variable;

/** Computes one node. The tensors that it returns may be its inputs. */
export type OpImplementation = (call: OpCall) => GraphValue | readonly tfjs.Tensor[];
export type OpTable = Readonly<Record<string, OpImplementation>>;

type AttrKinds = { readonly [A in AttrValue as A['kind']]: A['value'] };

/** A node with the values of its inputs and typed access to its attributes. */
export class OpCall {
  constructor(
    readonly tf: Tf,
    readonly node: GraphNode,
    readonly values: readonly GraphValue[],
    private readonly variables: Map<string, Variable>,
  ) {}

  get inputs(): tfjs.Tensor[] {
    return this.values.map((_, i) => this.input(i));
  }

  input(index: number): tfjs.Tensor {
    const value = this.values[index];
    if (value === undefined || value instanceof Variable) throw new Error(`input ${index} is no tensor`);
    return value;
  }

  image(index: number): tfjs.Tensor4D {
    const value = this.input(index);
    if (value.rank !== 4) throw new Error(`input ${index} has ${value.rank} dimensions instead of 4`);
    return value as tfjs.Tensor4D;
  }

  variableInput(index: number): Variable {
    const value = this.values[index];
    if (!(value instanceof Variable)) throw new Error(`input ${index} is no variable`);
    return value;
  }

  /** The variable of this name in the session, made at first use. */
  variable(name: string): Variable {
    let variable = this.variables.get(name);
    if (!variable) {
      variable = new Variable(name);
      this.variables.set(name, variable);
    }
    return variable;
  }

  /** Elements of an input that holds sizes or axes. */
  integers(index: number): number[] {
    return Array.from(this.input(index).dataSync());
  }

  scalar(index: number): number {
    const [value] = this.input(index).dataSync();
    if (value === undefined) throw new Error(`input ${index} is empty`);
    return value;
  }

  float(name: string, otherwise: number): number {
    return this.attr('float', name) ?? otherwise;
  }

  int(name: string, otherwise: number): number {
    return this.attr('int', name) ?? otherwise;
  }

  bool(name: string, otherwise = false): boolean {
    return this.attr('bool', name) ?? otherwise;
  }

  string(name: string, otherwise: string): string {
    return this.attr('string', name) ?? otherwise;
  }

  ints(name: string): readonly number[] | undefined {
    return this.attr('ints', name);
  }

  type(name: string): ElementType | undefined {
    return this.attr('type', name);
  }

  tensor(name: string): HostTensor {
    const value = this.attr('tensor', name);
    if (value === undefined) throw new Error(`attribute ${name} is missing`);
    return value;
  }

  private attr<K extends keyof AttrKinds>(kind: K, name: string): AttrKinds[K] | undefined {
    const attr = this.node.attrs[name];
    if (attr === undefined) return undefined;
    if (attr.kind !== kind) throw new Error(`attribute ${name} is a ${attr.kind} instead of a ${kind}`);
    return attr.value as AttrKinds[K];
  }
}
