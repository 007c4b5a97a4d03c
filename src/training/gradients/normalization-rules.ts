import * as ops from '../../network/graph/operations';
import { attr, gradient, input, output, type GradientContext, type GradientRule } from './rule';

function fusedBatchNorm(context: GradientContext): ReturnType<GradientRule> {
  if (!attr(context, 'is_training', 'bool')) throw new Error(`No gradient for ${context.node.name} in inference mode`);
  const x = input(context, 0);
  const channels = [ops.dimension(x, -1)];
  const reserved = [output(context, 3), output(context, 4), output(context, 5)];
  const [dx, dGamma, dBeta] = context.g.op({
    op: 'FusedBatchNormGradV3',
    inputs: [gradient(context), x, input(context, 1), ...reserved],
    outputs: [{ shape: x.shape, dtype: x.dtype }, { shape: channels }, { shape: channels }, { shape: [0] }, { shape: [0] }],
    attrs: ops.fusedBatchNormAttrs(x, attr(context, 'epsilon', 'float'), true),
  });
  return [dx, dGamma, dBeta];
}

/** Gradient of the mean cross-entropy's rows: TensorFlow returns softmax - onehot as the second output of the forward node. */
function sparseSoftmaxCrossEntropy(context: GradientContext): ReturnType<GradientRule> {
  const { g } = context;
  const rows = ops.dimension(gradient(context), 0);
  return [ops.binary(g, 'Mul', output(context, 1), ops.reshape(g, gradient(context), [rows, 1])), undefined];
}

export const normalizationRules: Readonly<Record<string, GradientRule>> = {
  FusedBatchNormV3: fusedBatchNorm,
  SparseSoftmaxCrossEntropyWithLogits: sparseSoftmaxCrossEntropy,
};
