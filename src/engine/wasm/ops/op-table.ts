import type { OpTable } from '../op-call';
import { arithmeticOps } from './arithmetic-ops';
import { convolutionOps } from './convolution-ops';
import { lossOps } from './loss-ops';
import { normalizationOps } from './normalization-ops';
import { activationOps } from './activation-ops';
import { optimizerOps } from './optimizer-ops';
import { randomOps } from './random-ops';
import { shapeOps } from './shape-ops';
import { variableOps } from './variable-ops';

/** Every TensorFlow operation that the interpreter knows. */
export const opTable: OpTable = {
  ...variableOps,
  ...arithmeticOps,
  ...activationOps,
  ...convolutionOps,
  ...normalizationOps,
  ...lossOps,
  ...shapeOps,
  ...randomOps,
  ...optimizerOps,
};
