import { readFile } from 'node:fs/promises';
import { UserError } from '../../base/user-error';
import { recipeConflict, recipeConflictWithData } from './recipe-conflicts';
import { checkVersion, conflictError, recipeError } from './recipe-errors';
import { isPresetName, presetNames, type PresetName } from './presets';
import { recipeSchema, type Recipe } from './recipe';
import { recipeFileSchema, type RecipeFile } from './recipe-file-schema';

/**
 * Checks a whole recipe.
 * @param source what an error calls it: its file, or "The recipe"
 * @throws UserError naming the key that is wrong and what is accepted
 */
export function parseRecipe(value: unknown, source: string): Recipe {
  if (isRecord(value)) checkVersion(source, value);
  const parsed = recipeSchema.safeParse(value);
  if (!parsed.success) throw recipeError(source, value, parsed.error);
  const conflict = recipeConflict(parsed.data);
  if (conflict !== undefined) throw conflictError(source, conflict);
  return parsed.data;
}

/** @throws UserError when the recipe cannot be followed on a dataset with this many training images */
export function checkRecipeWithData(recipe: Recipe, images: number, source: string): void {
  const conflict = recipeConflictWithData(recipe, images);
  if (conflict !== undefined) throw conflictError(source, conflict);
}

/** What `--recipe` names: a preset, or a file with the settings that differ from one. */
export async function readRecipe(fileOrPreset: string): Promise<RecipeFile & { readonly extends?: PresetName | undefined }> {
  if (isPresetName(fileOrPreset)) return { extends: fileOrPreset };
  const value = await readJson(fileOrPreset);
  if (!isRecord(value)) throw new UserError(`Recipe ${fileOrPreset} is not a JSON object.`, howToStart);
  checkVersion(fileOrPreset, value);
  const parsed = recipeFileSchema.safeParse(value);
  if (!parsed.success) throw recipeError(fileOrPreset, value, parsed.error);
  return value as RecipeFile;
}

const howToStart = 'Start from one that `recipes show` prints.';

async function readJson(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const action = /[./\\]/.test(file) ? howToStart : `Name a JSON file, or one of the presets ${presetNames.join(', ')}.`;
    throw new UserError(`Recipe ${file} cannot be read (${error instanceof Error ? error.message : String(error)}).`, action, { cause: error });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(`Recipe ${file} is not JSON (${error instanceof Error ? error.message : String(error)}).`, howToStart, { cause: error });
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
