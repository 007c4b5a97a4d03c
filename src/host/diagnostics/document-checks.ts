import type * as z from 'zod';
import { datasetRecordSchema } from '../../dataset/dataset-artifact';
import { policySchema } from '../../dataset/policy/policy';
import { checkRecipe } from '../../training/recipe/check-recipe';
import type { RecipeProblem } from '../../training/recipe/recipe-errors';
import type { DocumentKind } from './document-kinds';

/** What is wrong at one place of a document. */
export type DocumentProblem = RecipeProblem;

/** Everything that is wrong with the content of a file of this kind; loaded when the first one is seen. */
export function checkDocument(kind: DocumentKind['name'], value: unknown): readonly DocumentProblem[] {
  switch (kind) {
    case 'recipe': return checkRecipe(value);
    case 'policy': return schemaProblems(policySchema, value);
    case 'dataset': return schemaProblems(datasetRecordSchema, value);
  }
}

function schemaProblems(schema: z.ZodType, value: unknown): DocumentProblem[] {
  const { error } = schema.safeParse(value);
  return (error?.issues ?? []).flatMap((issue): DocumentProblem[] => {
    const path = issue.path.map((key) => (typeof key === 'number' ? key : String(key)));
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => ({ path: [...path, key], message: `${key} is not known here.`, name: {} }));
    return [{ path, message: `${issue.message.charAt(0).toUpperCase()}${issue.message.slice(1)}.` }];
  });
}
