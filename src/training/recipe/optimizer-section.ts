import * as z from 'zod';

const beta1 = z.number().min(0).lt(1).default(0.9).describe('Decay of the mean of the gradients.');
const beta2 = z.number().min(0).lt(1).default(0.999).describe('Decay of the mean of their squares.');
const epsilon = z.number().positive().max(1).default(1e-8);

/** Names and meanings as in Keras. Weight decay is an L2 penalty in the gradient for SGD and Adam, and decoupled from it for AdamW. */
export const optimizerSection = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('sgd'), momentum: z.number().min(0).lt(1).default(0.9),
    nesterov: z.boolean().optional().describe('Look ahead along the momentum (Nesterov); false by default.'),
  }),
  z.strictObject({ kind: z.literal('adam'), beta1, beta2, epsilon }),
  z.strictObject({ kind: z.literal('adamw'), beta1, beta2, epsilon }),
]);
export type OptimizerRecipe = z.infer<typeof optimizerSection>;

/** Keras's three ways of clipping gradients; one of them at a time. The penalty of the weight decay is added afterwards. */
export const clippingSection = z.strictObject({
  globalClipnorm: z.number().positive().max(1e6).optional().describe('Largest length of all gradients together.'),
  clipnorm: z.number().positive().max(1e6).optional().describe('Largest length of the gradient of each weight.'),
  clipvalue: z.number().positive().max(1e6).optional().describe('Largest size of each number of the gradients.'),
});
export type ClippingRecipe = z.infer<typeof clippingSection>;

/** Exponential moving average of the network's weights, which is verified and saved in place of the weights. */
export const emaSection = z.strictObject({
  decay: z.number().gt(0).lt(1).default(0.999).describe('Share of the average that stays at each step; smaller at the start, (1 + t) / (10 + t) as in TensorFlow.'),
});
export type EmaRecipe = z.infer<typeof emaSection>;
