import type { GraphBuilder, GraphTensor } from '../../network/graph/graph-builder';
import * as ops from '../../network/graph/operations';
import type { VariableGradient } from '../gradients/differentiate';
import type { ClippingRecipe } from '../recipe/optimizer-section';

/** Keeps the division finite for gradients that are all zero. */
const smallestNorm = 1e-30;

/** A gradient, perhaps of which this process holds a part. */
export interface MeasuredGradient extends VariableGradient {
  /** Half the squared length of the whole; absent where this is the whole. */
  readonly halfSquaredNorm?: GraphTensor | undefined;
}

/** Euclidean length of all gradients as one vector. Scalar. */
export function globalNorm(g: GraphBuilder, gradients: readonly MeasuredGradient[]): GraphTensor {
  return g.scope('gradient_norm', () => {
    const halves = gradients.map((entry) => wholeOf(g, entry));
    const [first] = halves;
    if (!first) throw new Error('There are no gradients');
    const half = halves.length === 1 ? first : g.op1({
      op: 'AddN', inputs: halves, outputs: [{ shape: [] }], attrs: { N: { kind: 'int', value: halves.length }, T: ops.float32Type },
    });
    return normOf(g, half);
  });
}

/** Gradients no longer than the recipe allows, with the meanings of Keras's optimizers. @param norm that of all gradients */
export function clipGradients(
  g: GraphBuilder, clipping: ClippingRecipe | undefined, gradients: readonly MeasuredGradient[], norm: GraphTensor,
): readonly VariableGradient[] {
  const { globalClipnorm, clipnorm, clipvalue } = clipping ?? {};
  return g.scope('clipping', () => {
    if (globalClipnorm !== undefined) {
      const factor = shorteningFactor(g, norm, globalClipnorm);
      return gradients.map(({ variable, gradient }) => ({ variable, gradient: ops.binary(g, 'Mul', gradient, factor) }));
    }
    if (clipnorm !== undefined) {
      return gradients.map((entry) => {
        const factor = shorteningFactor(g, normOf(g, wholeOf(g, entry)), clipnorm);
        return { variable: entry.variable, gradient: ops.binary(g, 'Mul', entry.gradient, factor) };
      });
    }
    if (clipvalue !== undefined) {
      const [low, high] = [g.scalar(-clipvalue), g.scalar(clipvalue)];
      return gradients.map(({ variable, gradient }) => ({ variable, gradient: ops.binary(g, 'Minimum', ops.binary(g, 'Maximum', gradient, low), high) }));
    }
    return gradients;
  });
}

function wholeOf(g: GraphBuilder, { gradient, halfSquaredNorm: whole }: MeasuredGradient): GraphTensor {
  return whole ?? halfSquaredNorm(g, gradient);
}

/** Half the squared Euclidean length. Scalar. */
export function halfSquaredNorm(g: GraphBuilder, gradient: GraphTensor): GraphTensor {
  return g.op1({ op: 'L2Loss', inputs: [gradient], outputs: [{ shape: [] }], attrs: { T: ops.float32Type } });
}

function normOf(g: GraphBuilder, halfSquared: GraphTensor): GraphTensor {
  return ops.unary(g, 'Sqrt', ops.binary(g, 'Mul', halfSquared, g.scalar(2)));
}

/** min(1, limit / norm) */
function shorteningFactor(g: GraphBuilder, norm: GraphTensor, limit: number): GraphTensor {
  const ratio = ops.binary(g, 'RealDiv', g.scalar(limit), ops.binary(g, 'Maximum', norm, g.scalar(smallestNorm)));
  return ops.binary(g, 'Minimum', g.scalar(1), ratio);
}
