import { typeOf } from '../../network/graph/operations';
import { gradient, input, output, type GradientContext, type GradientRule } from './rule';

/** ReluGrad and Relu6Grad take the output, which equals taking the input. */
const fromOutput = (op: 'ReluGrad' | 'Relu6Grad'): GradientRule => (context) => [
  context.g.op1({ op, inputs: [gradient(context), output(context, 0)], outputs: [{ shape: input(context, 0).shape, dtype: input(context, 0).dtype }], attrs: { T: typeOf(input(context, 0)) } }),
];

function leakyRelu(context: GradientContext): ReturnType<GradientRule> {
  const attrs = { T: typeOf(input(context, 0)), alpha: context.node.attrs['alpha'] ?? { kind: 'float' as const, value: 0.2 } };
  return [context.g.op1({ op: 'LeakyReluGrad', inputs: [gradient(context), input(context, 0)], outputs: [{ shape: input(context, 0).shape, dtype: input(context, 0).dtype }], attrs })];
}

export const activationRules: Readonly<Record<string, GradientRule>> = {
  Relu: fromOutput('ReluGrad'),
  Relu6: fromOutput('Relu6Grad'),
  LeakyRelu: leakyRelu,
};
