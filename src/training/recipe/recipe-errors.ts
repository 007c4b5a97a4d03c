import type * as z from 'zod';
import { closestName } from '../../base/closest-name';
import { UserError } from '../../base/user-error';
import { branchWithKey, describeAccepted, keysAt, schemasAt, type JsonSchema } from './accepted-values';
import { recipeVersion } from './recipe';
import { recipeJsonSchema } from './recipe-file-schema';

const correctIt = 'Correct it and run the command again.';

/**
 * The first thing that is wrong with a recipe, as one sentence with file, key and what is accepted there.
 * @param value what was parsed
 */
export function recipeError(source: string, value: unknown, error: z.ZodError): UserError {
  const schema: JsonSchema = recipeJsonSchema();
  const [issue] = error.issues;
  if (!issue) throw new Error('A recipe was refused without a reason');
  if (issue.code === 'unrecognized_keys') {
    const { fact, remedy } = unknownKey(schema, value, issue.path, issue.keys[0] ?? '');
    return new UserError(`${source}: ${fact}`, remedy);
  }
  return new UserError(`${source}: ${describeWrongValue(schema, value, issue.path)}.`, correctIt, { cause: error });
}

/** A setting that is right by itself but not together with the others. */
export function conflictError(source: string, sentence: string): UserError {
  return new UserError(`${source}: ${sentence}.`, correctIt);
}

/** @throws UserError when the recipe says that it is of another version than this product's */
export function checkVersion(source: string, value: Readonly<Record<string, unknown>>): void {
  const version = value['version'];
  if (version === undefined || version === recipeVersion) return;
  const newer = typeof version === 'number' && version > recipeVersion;
  throw new UserError(
    `${source}: version is ${JSON.stringify(version)}; this product reads recipes of version ${recipeVersion}.`,
    newer ? 'Update the product, or write the recipe anew from `recipes show`.' : 'Write the recipe anew from `recipes show`.',
  );
}

interface UnknownKey {
  readonly fact: string;
  readonly remedy: string;
  /** Name that was probably meant. */
  readonly guess?: string;
}

function unknownKey(schema: JsonSchema, value: unknown, path: readonly PropertyKey[], key: string): UnknownKey {
  const name = pathText([...path, key]);
  const owner = branchWithKey(schema, value, path, key);
  const known = keysAt(schema, value, path).filter((candidate) => candidate !== '$schema');
  if (owner !== undefined && !known.includes(key)) return { fact: `${name} does not apply here; it belongs to ${owner}.`, remedy: `Remove it, or choose ${owner}.` };
  const guess = closestName(key, known);
  if (guess !== undefined) return { fact: `${name} is not known.`, remedy: `Did you mean ${pathText([...path, guess])}?`, guess };
  return { fact: `${name} is not known.`, remedy: `Known here are ${known.join(', ')}.` };
}

/** A problem of a recipe with its place, as an editor shows it. */
export interface RecipeProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** The name at the end of the path is wrong, not its value: it can be taken out, or be renamed where another one is near. */
  readonly name?: { readonly renameTo?: string };
}

/** @param value what was parsed */
export function recipeProblems(value: unknown, { issues }: z.ZodError): RecipeProblem[] {
  const schema: JsonSchema = recipeJsonSchema();
  return issues.flatMap((issue): RecipeProblem[] => {
    const path = issue.path.map((key) => (typeof key === 'number' ? key : String(key)));
    if (issue.code !== 'unrecognized_keys') return [{ path, message: `${describeWrongValue(schema, value, path)}.` }];
    return issue.keys.map((key) => {
      const { fact, remedy, guess } = unknownKey(schema, value, path, key);
      return { path: [...path, key], message: `${fact} ${remedy}`, name: guess === undefined ? {} : { renameTo: guess } };
    });
  });
}

function describeWrongValue(schema: JsonSchema, value: unknown, path: readonly PropertyKey[]): string {
  const found = path.reduce<unknown>((inner, key) => (typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined), value);
  const accepted = describeAccepted(schemasAt(schema, value, path));
  const where = path.length > 0 ? pathText(path) : 'the recipe';
  return found === undefined ? `${where} is missing; it must be ${accepted}` : `${where} is ${shown(found)}; it must be ${accepted}`;
}

/** `learningRate.milestonesSteps[1]` */
function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? String(key) : `${text}.${String(key)}`), '');
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
