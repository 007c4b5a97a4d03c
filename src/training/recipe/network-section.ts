import * as z from 'zod';
import { activationNames, networkNames } from '../../network/mobilefacenet';

/** Which network is trained. */
export const networkSettings = {
  network: z.enum(networkNames),
  alpha: z.number().min(0.25).max(2).default(1).describe('Width multiplier.'),
  embeddingLength: z.number().int().min(2).max(4096).default(128),
  activation: z
    .enum(activationNames)
    .optional()
    .describe("Behind each convolution that is not linear; by default prelu in the paper's network and leakyRelu in those for the K210, which cannot compute prelu."),
  negativeSlope: z.number().min(0).max(1).optional().describe('Slope of leakyRelu below zero; 0.3 by default.'),
  dropout: z.number().min(0).lt(1).optional().describe("Share of the values before the embedding that a step sets to zero; by default 0 in the paper's network and 0.1 in those for the K210."),
};
