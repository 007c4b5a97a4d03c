import type * as z from 'zod';
import { datasetRecordSchema } from '../../dataset/dataset-artifact';
import { policySchema } from '../../dataset/policy/policy';
import { checkRecipe } from '../../training/recipe/check-recipe';
import type { RecipeProblem } from '../../training/recipe/recipe-errors';

/** What is wrong at one place of a document. */
export type DocumentProblem = RecipeProblem;

/** A kind of file that is checked while it is edited. */
export interface DocumentCheck {
  /** Of the whole workspace. */
  readonly glob: string;
  readonly fileName: RegExp;
  readonly check: (value: unknown) => readonly DocumentProblem[];
}

export const documentChecks: readonly DocumentCheck[] = [
  { glob: '**/*.recipe.json', fileName: /\.recipe\.json$/, check: checkRecipe },
  { glob: '**/*.policy.json', fileName: /\.policy\.json$/, check: (value) => schemaProblems(policySchema, value) },
  { glob: '**/dataset.json', fileName: /(^|[/\\])dataset\.json$/, check: (value) => schemaProblems(datasetRecordSchema, value) },
];

function schemaProblems(schema: z.ZodType, value: unknown): DocumentProblem[] {
  const { error } = schema.safeParse(value);
  return (error?.issues ?? []).flatMap((issue): DocumentProblem[] => {
    const path = issue.path.map((key) => (typeof key === 'number' ? key : String(key)));
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => ({ path: [...path, key], message: `${key} is not known here.`, name: {} }));
    return [{ path, message: `${issue.message.charAt(0).toUpperCase()}${issue.message.slice(1)}.` }];
  });
}
