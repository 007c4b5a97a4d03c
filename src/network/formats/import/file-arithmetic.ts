import { bends, identityOf, isRelu, leavesZero } from './channel-function';
import { isConstant, type ChannelFunction, type Feature, type FileConstant, type FileOperation, type GraphValue, type LengthOf } from './graph-value';
import { pixelsFirst, type NetworkAssembler } from './network-assembler';

export type ArithmeticOperator = 'add' | 'sub' | 'mul' | 'div' | 'max' | 'min';

/** What keeps a division by the length of a vector from dividing by zero. It changes the vector's length at most, never its direction. */
function isGuard(operator: ArithmeticOperator, { exponent, isSummed }: LengthOf, { data }: FileConstant): boolean {
  const isPositive = isSummed && data.length === 1 && (data[0] ?? -1) >= 0;
  return isPositive && (operator === 'min' ? exponent < 0 : (operator === 'add' || operator === 'max') && exponent > 0);
}

/**
 * Elementwise arithmetic of foreign graphs, as far as face networks use it: scales and shifts of channels, additions of maps,
 * leaky activations written as a maximum, and division by the Euclidean length.
 */
export class FileArithmetic {
  constructor(private readonly network: NetworkAssembler) {}

  /** @throws UserError naming the operation when it means nothing to a face network */
  binary(operation: FileOperation, operator: ArithmeticOperator, a: GraphValue, b: GraphValue): GraphValue {
    if (isConstant(a) && isConstant(b)) return this.constants(operation, operator, a, b);
    if (a.kind === 'feature' && b.kind === 'feature') return this.features(operation, operator, a, b);
    if (a.kind === 'feature' && isConstant(b)) return this.withConstant(operation, operator, a, b);
    if (isConstant(a) && b.kind === 'feature') return this.ofConstant(operation, operator, a, b);
    if (a.kind === 'feature' && b.kind === 'length') return this.byLength(operation, operator, a, b);
    if (a.kind === 'length' && b.kind === 'feature' && operator === 'mul') return this.byLength(operation, operator, b, a);
    const [length, guard] = isConstant(a) ? [b, a] : [a, b];
    if (length.kind === 'length' && isConstant(guard) && isGuard(operator, length, guard)) return length;
    throw this.meaningless(operation);
  }

  square(operation: FileOperation, x: GraphValue): LengthOf {
    if (x.kind !== 'feature') throw this.meaningless(operation);
    return { kind: 'length', of: x, exponent: 2, isSummed: false };
  }

  /** Sum of squares, or length, over the whole vector. */
  length(operation: FileOperation, x: GraphValue, exponent: 1 | 2): LengthOf {
    if (x.kind !== 'feature') throw this.meaningless(operation);
    return { kind: 'length', of: x, exponent, isSummed: true };
  }

  summed(operation: FileOperation, x: GraphValue): LengthOf {
    if (x.kind !== 'length' || x.isSummed) throw this.meaningless(operation);
    return { ...x, isSummed: true };
  }

  /** x to this power: 0.5 for a root, -1 for a reciprocal. */
  power(operation: FileOperation, x: GraphValue, exponent: number): LengthOf {
    if (x.kind === 'feature' && exponent === 2) return this.square(operation, x);
    if (x.kind !== 'length' || !x.isSummed) throw this.meaningless(operation);
    return { ...x, exponent: x.exponent * exponent };
  }

  /** Values of a constant, one for each channel of `x`. @throws UserError when they differ within a channel */
  perChannel(operation: FileOperation, x: Feature, { shape, data }: FileConstant): number[] {
    const channels = this.network.channelsOf(x);
    if (data.length === 1) return new Array<number>(channels).fill(data[0] ?? 0);
    const rank = x.axes === 'vector' ? 2 : 4;
    const channelAxis = x.axes === 'nchw' ? 1 : rank - 1;
    const axis = shape.length - (rank - channelAxis);
    if (data.length !== channels || shape[axis] !== channels) {
      throw this.network.refusal(operation, `combines it with values of [${shape.join(', ')}]`, 'Only one value for each channel is known here.', x);
    }
    return x.listed ? pixelsFirst(channels, x.listed).map((place) => data[place] ?? 0) : [...data];
  }

  private features(operation: FileOperation, operator: ArithmeticOperator, a: Feature, b: Feature): GraphValue {
    const minusOne = (x: Feature): Feature => this.scaled(operation, x, -1);
    if (operator === 'add') return this.network.sum(operation, a, b);
    if (operator === 'sub') return this.network.sum(operation, a, minusOne(b));
    if (operator === 'mul' && a.layer === b.layer && a.pending === b.pending) return this.square(operation, a);
    if ((operator === 'max' || operator === 'min') && a.layer === b.layer && a.isUnit !== true && b.isUnit !== true && leavesZero(a.pending) && leavesZero(b.pending)) return this.extreme(operation, operator, a, b);
    throw this.network.refusal(operation, 'combines two maps by something else than addition', 'Use a network without gates, such as squeeze-and-excitation or hard-swish.', a);
  }

  /** The larger or smaller of two functions of the same values: max(x, slope * x) is a LeakyReLU. */
  private extreme(operation: FileOperation, operator: 'max' | 'min', a: Feature, { pending }: Feature): Feature {
    const [first, second] = [a.pending, pending].map((f) => f ?? identityOf(this.network.channelsOf(a))) as [ChannelFunction, ChannelFunction];
    const [larger, smaller] = operator === 'max' ? [Math.max, Math.min] : [Math.min, Math.max];
    return {
      ...a,
      pending: {
        name: operation.name, shift: first.shift, positive: first.positive.map((value, channel) => larger(value, second.positive[channel] ?? 0)),
        negative: first.negative.map((value, channel) => smaller(value, second.negative[channel] ?? 0)),
      },
    };
  }

  private withConstant(operation: FileOperation, operator: ArithmeticOperator, x: Feature, constant: FileConstant): Feature {
    const isScalar = (value: number): boolean => constant.data.every((each) => each === value);
    if (operator === 'max' && isScalar(0)) return this.network.bend(operation, x, bends.relu);
    if (operator === 'min' && isScalar(0)) return this.scaled(operation, this.network.bend(operation, this.scaled(operation, x, -1), bends.relu), -1);
    if (operator === 'min' && isScalar(6) && isRelu(x.pending)) return this.network.relu6(operation, x);
    if (operator === 'max' || operator === 'min') throw this.network.refusal(operation, `cuts values at ${constant.data[0] ?? 0}`, 'Use ReLU or ReLU6.', x);
    const values = this.perChannel(operation, x, constant);
    const [ones, zeros] = [values.map(() => 1), values.map(() => 0)];
    switch (operator) {
      case 'add':
        return this.network.affine(operation, x, ones, values);
      case 'sub':
        return this.network.affine(operation, x, ones, values.map((value) => -value));
      case 'mul':
        return this.network.affine(operation, x, values, zeros);
      case 'div':
        return this.network.affine(operation, x, values.map((value) => 1 / value), zeros);
    }
  }

  private ofConstant(operation: FileOperation, operator: ArithmeticOperator, constant: FileConstant, x: Feature): Feature {
    if (operator === 'div') throw this.meaningless(operation);
    if (operator === 'sub') return this.withConstant(operation, 'add', this.scaled(operation, x, -1), constant);
    return this.withConstant(operation, operator, x, constant);
  }

  private byLength(operation: FileOperation, operator: ArithmeticOperator, x: Feature, length: LengthOf): Feature {
    const isDivision = (operator === 'div' && length.exponent === 1) || (operator === 'mul' && length.exponent === -1);
    if (!isDivision || !length.isSummed || length.of.layer !== x.layer || length.of.pending !== x.pending) throw this.meaningless(operation);
    return this.network.unit(operation, x);
  }

  private scaled(operation: FileOperation, x: Feature, factor: number): Feature {
    const channels = this.network.channelsOf(x);
    return this.network.affine(operation, x, new Array<number>(channels).fill(factor), new Array<number>(channels).fill(0));
  }

  private constants(operation: FileOperation, operator: ArithmeticOperator, a: FileConstant, b: FileConstant): FileConstant {
    const [longer, shorter] = a.data.length >= b.data.length ? [a, b] : [b, a];
    if (shorter.data.length !== 1 && shorter.shape.join() !== longer.shape.join()) throw this.meaningless(operation);
    const at = ({ data }: FileConstant, i: number): number => data[data.length === 1 ? 0 : i] ?? 0;
    const compute = { add: (x: number, y: number) => x + y, sub: (x: number, y: number) => x - y, mul: (x: number, y: number) => x * y, div: (x: number, y: number) => x / y, max: Math.max, min: Math.min }[operator];
    return { kind: 'constant', shape: longer.shape, data: Float64Array.from({ length: longer.data.length }, (_, i) => compute(at(a, i), at(b, i))) };
  }

  private meaningless(operation: FileOperation): Error {
    return this.network.refusal(operation, 'is arithmetic that no face network here has', 'Export the network up to the embedding, with its layers as convolutions, batch normalisations and activations.');
  }
}
