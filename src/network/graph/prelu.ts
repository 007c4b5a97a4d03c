/** PReLU (He et al. 2015, "Delving Deep into Rectifiers") in a form that passes over memory seldom. */
import { scaleChannels } from './channel-scale';
import type { GraphBuilder, GraphTensor } from './graph-builder';
import * as ops from './operations';

/** Name under which the gradient rules know the operation. */
export const preluOfNegatedOp = 'PReluOfNegated';

/**
 * PReLU of -`negated` as (1 - alpha) * relu(negated) - negated: exact for any slope.
 * With the sign turned around beforehand, where it costs nothing (in the scale of a batch normalisation), relu picks out the
 * negative side by itself, and so does its gradient.
 * @param negated images [n, h, w, c]
 * @param alpha [c], float32
 */
export function preluOfNegated(g: GraphBuilder, negated: GraphTensor, alpha: GraphTensor): GraphTensor {
  return g.composite(preluOfNegatedOp, [negated, alpha], () => {
    const negativeSide = ops.unary(g, 'Relu', negated);
    return ops.binary(g, 'Sub', scaleChannels(g, negativeSide, oneMinus(g, alpha)), negated);
  });
}

/** 1 - alpha. */
export function oneMinus(g: GraphBuilder, alpha: GraphTensor): GraphTensor {
  return ops.binary(g, 'Sub', g.scalar(1), alpha);
}
