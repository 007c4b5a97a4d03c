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

/**
 * PReLU as max(x, alpha * x), for slopes of which none is above 1.
 * @param x images [n, h, w, c] or vectors [n, c]
 * @param alpha [c]
 */
export function preluUpToOne(g: GraphBuilder, x: GraphTensor, alpha: GraphTensor): GraphTensor {
  return ops.binary(g, 'Maximum', x, ops.binary(g, 'Mul', x, alpha));
}

/** 1 - alpha. */
export function oneMinus(g: GraphBuilder, alpha: GraphTensor): GraphTensor {
  return ops.binary(g, 'Sub', g.scalar(1), alpha);
}
