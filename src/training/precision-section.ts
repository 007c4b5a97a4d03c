import * as z from 'zod';

/**
 * What images are computed in during training. bfloat16 rounds them to 8 significant bits: another precision, not the same at
 * another speed. `auto` takes it where a short measurement finds the processor clearly faster at it.
 */
export const precisionSection = z.enum(['float32', 'bfloat16', 'auto']);
export type PrecisionWish = z.infer<typeof precisionSection>;
