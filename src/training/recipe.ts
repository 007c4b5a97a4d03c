import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { UserError } from '../base/user-error';
import { networkNames } from '../network/mobilefacenet';
import type { HeadKind } from '../protocol/run';

const share = z.number().min(0).max(1);

/** How the learning rate moves over the run. Plateau: Keras's ReduceLROnPlateau on the mean training loss of an epoch. */
const learningRateSchema = z.discriminatedUnion('schedule', [
  z.strictObject({ schedule: z.literal('constant'), initial: z.number().positive(), warmUpEpochs: z.number().min(0).default(0) }),
  z.strictObject({ schedule: z.literal('cosine'), initial: z.number().positive(), final: z.number().min(0).default(0), warmUpEpochs: z.number().min(0).default(0) }),
  z.strictObject({
    schedule: z.literal('plateau'), initial: z.number().positive(), factor: z.number().gt(0).lt(1).default(0.2),
    patienceEpochs: z.number().int().positive().default(3), minimum: z.number().positive().default(1e-6), warmUpEpochs: z.number().min(0).default(0),
  }),
]);

const headSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('softmax') }),
  z.strictObject({
    kind: z.literal('arcface'),
    /** Radians (Deng et al. 2019: 0.5). */
    margin: z.number().min(0).max(1.5).default(0.5),
    /** Factor s on the cosines, or "adacos" for sqrt(2) * ln(identities - 1) as the original project computes it. */
    scale: z.union([z.literal('adacos'), z.number().positive().max(256)]).default('adacos'),
    /** Epochs over which the margin grows from 0, so that a new head does not destroy a trained backbone. */
    marginWarmUpEpochs: z.number().min(0).default(0),
  }),
]);

/** Everything that decides a training besides data and seed of the weights; stored with the run. */
export const recipeSchema = z.strictObject({
  $schema: z.string().optional(),
  network: z.enum(networkNames),
  /** Width multiplier. */
  alpha: z.number().min(0.25).max(2).default(1),
  embeddingLength: z.number().int().min(16).max(1024).default(128),
  head: headSchema,
  batch: z.number().int().min(2).max(1024),
  epochs: z.number().positive().max(10_000),
  optimizer: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('sgd'), momentum: z.number().min(0).lt(1).default(0.9) }),
    z.strictObject({
      kind: z.literal('adam'), beta1: z.number().min(0).lt(1).default(0.9), beta2: z.number().min(0).lt(1).default(0.999), epsilon: z.number().positive().default(1e-8),
    }),
  ]),
  learningRate: learningRateSchema,
  weightDecay: z.number().min(0).default(4e-5),
  headWeightDecay: z.number().min(0).default(4e-4),
  augmentation: z
    .strictObject({
      /** Mirror half of the pictures. */
      flip: z.boolean().default(true),
      /** Largest shift, as a share of the side. */
      shift: share.max(0.5).default(0.05),
      /** Largest change of size, as a share. */
      scale: share.max(0.5).default(0.08),
      rotationDegrees: z.number().min(0).max(45).default(6),
      /** Largest change of brightness and contrast, as a share of the range. */
      brightness: share.default(0.2),
      contrast: share.default(0.2),
      /** Share of the pictures that become grey. */
      grey: share.default(0.1),
      /** Share of the pictures from which a rectangle is erased (Zhong et al. 2020, "Random Erasing"). */
      erase: share.default(0.2),
    })
    .prefault({}),
  /** By default about twelve times in a run. */
  evaluateEveryEpochs: z.number().int().positive().optional(),
  checkpointEveryEpochs: z.number().int().positive().default(1),
  keepCheckpoints: z.number().int().positive().default(3),
  seed: z.number().int().default(1),
});
export type Recipe = z.infer<typeof recipeSchema>;
export type RecipeInput = z.input<typeof recipeSchema>;
export type Augmentation = Recipe['augmentation'];
export type LearningRateRecipe = Recipe['learningRate'];

/** Epochs between two verifications on the held-out people. */
export function evaluationInterval(recipe: Recipe): number {
  return recipe.evaluateEveryEpochs ?? Math.max(1, Math.round(recipe.epochs / 12));
}

/** The default recipe of a head. */
export function defaultRecipe(head: HeadKind): RecipeInput {
  return head === 'softmax' ? softmaxRecipe : arcFaceRecipe;
}

const softmaxRecipe: RecipeInput = {
  network: 'k210-s',
  head: { kind: 'softmax' },
  batch: 16,
  epochs: 40,
  optimizer: { kind: 'adam' },
  learningRate: { schedule: 'cosine', initial: 2e-3, final: 1e-5, warmUpEpochs: 1 },
};

const arcFaceRecipe: RecipeInput = {
  ...softmaxRecipe,
  head: { kind: 'arcface', margin: 0.5, scale: 'adacos', marginWarmUpEpochs: 4 },
  learningRate: { schedule: 'cosine', initial: 1e-3, final: 1e-5, warmUpEpochs: 1 },
};

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
