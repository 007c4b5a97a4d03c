import { readFile } from 'node:fs/promises';
import { UserError } from '../../base/user-error';
import { recipeSchema, type Recipe, type RecipeInput } from './recipe';

/** @throws UserError naming the field that is wrong */
export function parseRecipe(value: unknown, source: string): Recipe {
  const parsed = recipeSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = issue?.path.join('.') || 'the recipe';
  throw new UserError(`${source}: ${field} is not valid (${issue?.message ?? 'unknown reason'}).`, 'Correct it and run the command again.');
}

/** Reads a recipe file; what it leaves out comes from the default recipe of its head. */
export async function readRecipeFile(file: string, fallback: RecipeInput): Promise<RecipeInput> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new UserError(`Recipe ${file} cannot be read (${error instanceof Error ? error.message : String(error)}).`, 'Name a JSON file with a training recipe.', { cause: error });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new UserError(`Recipe ${file} is not a JSON object.`, 'Name a JSON file with a training recipe.');
  return { ...fallback, ...(value as Partial<RecipeInput>) };
}
