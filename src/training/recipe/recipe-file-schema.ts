import * as z from 'zod';
import { presetNames } from './presets';
import { recipeSchema } from './recipe';

/** What a recipe file may hold: every section may be left out, and comes from the preset that `extends` names, or from the default of the head. */
export const recipeFileSchema = recipeSchema.partial().extend({
  extends: z.enum(presetNames).optional().describe('Preset that fills what this file leaves out.'),
});
export type RecipeFile = z.input<typeof recipeFileSchema>;

/** The JSON Schema of recipe files, which editors check and complete them with. */
export function recipeJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(recipeFileSchema, { io: 'input' });
  return { ...schema, title: 'Training recipe of MobileFaceNet Studio', description: 'How a face-recognition network is trained.' };
}
