import { activationRules } from './activation-rules';
import { arithmeticRules } from './arithmetic-rules';
import { convolutionRules } from './convolution-rules';
import { indexingRules } from './indexing-rules';
import { normalizationRules } from './normalization-rules';
import { preluRules } from './prelu-rules';
import type { GradientRule } from './rule';

/** Gradient rules by TensorFlow operation. */
export const gradientRules: ReadonlyMap<string, GradientRule> = new Map(
  Object.entries({ ...activationRules, ...arithmeticRules, ...convolutionRules, ...indexingRules, ...normalizationRules, ...preluRules }),
);
