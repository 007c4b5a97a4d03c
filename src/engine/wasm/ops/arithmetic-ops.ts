import type * as tfjs from '@tensorflow/tfjs';
import { size } from '../convolution-window';
import type { OpCall, OpImplementation, OpTable } from '../op-call';

type Unary = (x: tfjs.Tensor) => tfjs.Tensor;
type Binary = (a: tfjs.Tensor, b: tfjs.Tensor) => tfjs.Tensor;

const unary = (choose: (tf: typeof tfjs) => Unary): OpImplementation => (call) => choose(call.tf)(call.input(0));
const binary = (choose: (tf: typeof tfjs) => Binary): OpImplementation => (call) => choose(call.tf)(call.input(0), call.input(1));

/** Element by element with NumPy's broadcasting, sums, and products of matrices. */
export const arithmeticOps: OpTable = {
  AddV2: binary((tf) => tf.add),
  Sub: binary((tf) => tf.sub),
  Mul: binary((tf) => tf.mul),
  RealDiv: binary((tf) => tf.div),
  Maximum: binary((tf) => tf.maximum),
  Minimum: binary((tf) => tf.minimum),
  Greater: binary((tf) => tf.greater),
  GreaterEqual: binary((tf) => tf.greaterEqual),
  Less: binary((tf) => tf.less),
  Equal: binary((tf) => tf.equal),
  SelectV2: (call) => call.tf.where(call.input(0), call.input(1), call.input(2)),
  AddN: (call) => call.tf.addN(call.inputs),
  Neg: unary((tf) => tf.neg),
  Square: unary((tf) => tf.square),
  Sqrt: unary((tf) => tf.sqrt),
  Rsqrt: unary((tf) => tf.rsqrt),
  Exp: unary((tf) => tf.exp),
  Log: unary((tf) => tf.log),
  Sign: unary((tf) => tf.sign),
  Abs: unary((tf) => tf.abs),
  Cos: unary((tf) => tf.cos),
  Sin: unary((tf) => tf.sin),
  Acos: unary((tf) => tf.acos),
  Sum: (call) => call.tf.sum(call.input(0), call.integers(1), call.bool('keep_dims')),
  Mean: (call) => call.tf.mean(call.input(0), call.integers(1), call.bool('keep_dims')),
  Max: (call) => call.tf.max(call.input(0), call.integers(1), call.bool('keep_dims')),
  L2Loss: (call) => call.tf.mul(call.tf.sum(call.tf.square(call.input(0))), 0.5),
  MatMul: (call) => call.tf.matMul(call.input(0), call.input(1), call.bool('transpose_a'), call.bool('transpose_b')),
  ArgMax: (call) => call.tf.argMax(call.input(0), call.scalar(1)),
  Cast: cast,
};

function cast(call: OpCall): tfjs.Tensor {
  const target = call.type('DstT');
  switch (target) {
    case 'float32':
    case 'int32':
      return call.tf.cast(call.input(0), target);
    case 'bool':
      return call.tf.notEqual(call.input(0), 0);
    case 'int64':
    case 'uint8':
      return call.tf.cast(call.input(0), 'int32');
    default:
      throw new Error(`there is no cast to ${target}`);
  }
}

/** Sums over all but the last axis, as a product with a row of ones: the backend's own sum would first transpose. */
export function sumPerChannel(tf: typeof tfjs, x: tfjs.Tensor): tfjs.Tensor1D {
  const channels = size(x.shape, x.rank - 1);
  const rows = tf.reshape(x, [-1, channels]) as tfjs.Tensor2D;
  return tf.reshape(tf.matMul(tf.ones([1, rows.shape[0]]), rows), [channels]);
}
