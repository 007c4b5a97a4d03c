import type * as tfjs from '@tensorflow/tfjs';
import type { OperationCheck } from './operation-check';

type Unary = (x: tfjs.Tensor) => tfjs.Tensor;
type Binary = (a: tfjs.Tensor, b: tfjs.Tensor) => tfjs.Tensor;

const unaryNames = [
  'relu', 'relu6', 'elu', 'selu', 'sigmoid', 'tanh', 'softplus', 'exp', 'square', 'abs', 'sin', 'cos', 'erf', 'neg', 'sign', 'round', 'floor', 'ceil',
  'leakyRelu', 'atan', 'sinh', 'cosh', 'logSigmoid', 'softmax', 'logSoftmax', 'expm1', 'asinh', 'reciprocal', 'isNaN',
] as const;

const differentiableNames = [
  'relu', 'relu6', 'elu', 'selu', 'sigmoid', 'tanh', 'softplus', 'exp', 'square', 'abs', 'softmax', 'logSoftmax', 'leakyRelu', 'erf',
] as const;

const binaryNames = ['add', 'sub', 'mul', 'div', 'maximum', 'minimum', 'squaredDifference', 'atan2', 'pow', 'mod'] as const;

/** Gradients with one input broadcast. Those of maximum, minimum and squaredDifference are known failures. */
const broadcastGradientNames = ['add', 'sub', 'mul', 'div'] as const;

export const elementwiseChecks: readonly OperationCheck[] = [
  ...unaryNames.map((name): OperationCheck => ({ name, run: (s) => (s.tf[name] as Unary)(s.random([3, 5])).cast('float32') })),
  ...differentiableNames.map((name): OperationCheck => ({
    name: `${name} gradient`,
    run: (s) => s.gradients((x) => (s.tf[name] as Unary)(x), [s.random([3, 5])]),
  })),
  ...binaryNames.map((name): OperationCheck => ({
    name,
    run: (s) => (s.tf[name] as Binary)(s.random([3, 4]).abs().add(0.1), s.random([4], 2).abs().add(0.2)),
  })),
  ...broadcastGradientNames.map(broadcastGradient),
];

export function broadcastGradient(name: (typeof binaryNames)[number]): OperationCheck {
  return {
    name: `${name} gradient, broadcast`,
    run: (s) => s.gradients((a, b) => (s.tf[name] as Binary)(a, b), [s.random([3, 4]), s.random([4], 2).add(3)]),
  };
}
