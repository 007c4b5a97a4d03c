import { UserError } from '../../base/user-error';
import { recipeOfFile } from './compose-recipe';
import { recipeConflict } from './recipe-conflicts';
import { checkVersion, recipeProblems, type RecipeProblem } from './recipe-errors';
import { recipeSchema } from './recipe';
import { recipeFileSchema, type RecipeFile } from './recipe-file-schema';

/** Everything that is wrong with a recipe file, for an editor: each problem with its place and what would mend it. */
export function checkRecipe(value: unknown): RecipeProblem[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [{ path: [], message: 'A recipe is a JSON object.' }];
  const version = versionProblem(value as Readonly<Record<string, unknown>>);
  if (version) return [version];
  const parsed = recipeFileSchema.safeParse(value);
  if (!parsed.success) return recipeProblems(value, parsed.error);
  return conflicts(value as RecipeFile);
}

function versionProblem(value: Readonly<Record<string, unknown>>): RecipeProblem | undefined {
  try {
    checkVersion('The recipe', value);
    return undefined;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { path: ['version'], message: `${error.message} ${error.action}` };
  }
}

/** What shows only when the settings are put together with those that they leave out. */
function conflicts(written: RecipeFile): RecipeProblem[] {
  const recipe = recipeSchema.safeParse(recipeOfFile(written));
  if (!recipe.success) return recipeProblems(written, recipe.error);
  const conflict = recipeConflict(recipe.data);
  if (conflict === undefined) return [];
  const path = pathOf(conflict, written);
  // A sentence that begins with the name of a setting keeps it as it is written.
  return [{ path, message: `${path.length > 0 ? conflict : conflict.charAt(0).toUpperCase() + conflict.slice(1)}.` }];
}

/** The setting that a conflict begins with, as far as the file names it. */
function pathOf(conflict: string, written: RecipeFile): (string | number)[] {
  const keys = (/^[\w$]+(?:\.\w+|\[\d+\])*/.exec(conflict)?.[0] ?? '').split(/[.[\]]+/).filter((key) => key !== '').map((key) => (/^\d+$/.test(key) ? Number(key) : key));
  const path: (string | number)[] = [];
  let at: unknown = written;
  for (const key of keys) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) break;
    at = (at as Record<string | number, unknown>)[key];
    path.push(key);
  }
  return path;
}
