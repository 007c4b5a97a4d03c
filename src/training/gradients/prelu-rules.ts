import { scaleChannelsGradient } from '../../network/graph/channel-scale';
import * as ops from '../../network/graph/operations';
import { oneMinus, preluOfNegatedOp } from '../../network/graph/prelu';
import { gradient, input, type GradientContext, type GradientRule } from './rule';

/** With z = -negated: dz = dy - (1 - alpha) * [z < 0] dy, so of `negated` its opposite; dalpha = sum([z < 0] dy * z) per channel. */
function preluOfNegated(context: GradientContext): ReturnType<GradientRule> {
  const { g } = context;
  const negated = input(context, 0);
  const alpha = input(context, 1);
  const dy = gradient(context);
  const negativeSide = g.op1({ op: 'ReluGrad', inputs: [dy, negated], outputs: [{ shape: dy.shape, dtype: dy.dtype }], attrs: { T: ops.typeOf(dy) } });
  const { dx, dFactors } = scaleChannelsGradient(g, negativeSide, negated, oneMinus(g, alpha));
  return [ops.binary(g, 'Sub', dx, dy), context.wanted[1] ? ops.unary(g, 'Neg', dFactors) : undefined];
}

export const preluRules: Readonly<Record<string, GradientRule>> = { [preluOfNegatedOp]: preluOfNegated };
