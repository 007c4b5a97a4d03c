import type { ActivationName, NetworkName } from '../../network/mobilefacenet';
import type { HeadKind } from '../../protocol/run';
import { withHeadOptions, type HeadOptions } from '../heads/head-options';
import { defaultRecipe, presets } from './presets';
import type { Recipe, RecipeInput } from './recipe';
import { parseRecipe, readRecipe } from './recipe-file';
import type { RecipeFile } from './recipe-file-schema';
import { chooseSampling, wholeGroups, type SamplingOptions } from './sampling-section';

/** Single settings of a command line; they win over the recipe. */
export interface RecipeOptions extends HeadOptions, SamplingOptions {
  /** File or preset. */
  readonly recipe?: string;
  readonly network?: NetworkName;
  readonly alpha?: number;
  readonly embeddingLength?: number;
  readonly activation?: ActivationName;
  readonly negativeSlope?: number;
  readonly dropout?: number;
  readonly head?: HeadKind;
  readonly epochs?: number;
  readonly steps?: number;
  readonly batch?: number;
  readonly accumulate?: number;
  readonly learningRate?: number;
  readonly validationShare?: number;
  readonly seed?: number;
}

type Settings = { readonly [K in keyof RecipeInput]?: RecipeInput[K] | undefined };

/** The recipe of a new run: a preset or the defaults of the head, then the parent's network, then the recipe file, then single options. */
export async function composeRecipe(options: RecipeOptions, parent: Recipe | undefined): Promise<Recipe> {
  const written: RecipeFile = options.recipe === undefined ? {} : await readRecipe(options.recipe);
  const { extends: preset, ...own } = written;
  const merged = [inherited(parent, preset !== undefined), own, singleSettings(options)].reduce<RecipeInput>(withSettings, baseOf(written, options.head ?? own.head?.kind ?? (parent ? 'arcface' : 'softmax')));
  const head = options.head !== undefined && options.head !== merged.head.kind ? defaultRecipe(options.head).head : merged.head;
  const learningRate = options.learningRate === undefined ? merged.learningRate : { ...merged.learningRate, initial: options.learningRate };
  const sampling = chooseSampling(options, merged.sampling);
  const batch = options.sampling === 'pk' && options.batch === undefined && sampling ? wholeGroups(sampling, merged.batch) : merged.batch;
  return parseRecipe({ ...merged, batch, sampling, head: withHeadOptions(head, options), learningRate }, options.recipe ?? 'The recipe');
}

/** What a recipe file stands for by itself, without a parent or options of a command line. */
export function recipeOfFile(written: RecipeFile): RecipeInput {
  const { extends: _preset, ...own } = written;
  return withSettings(baseOf(written, own.head?.kind ?? 'softmax'), own);
}

function baseOf({ extends: preset }: RecipeFile, head: HeadKind): RecipeInput {
  return preset === undefined ? defaultRecipe(head) : presets[preset].recipe;
}

/** The recipe of the run that follows one whose head is switched. */
export function successorRecipe(recipe: Recipe, source: string): Recipe {
  const { switchHead, ...rest } = recipe;
  const { head, learningRate } = defaultRecipe('arcface');
  const { to = {} } = switchHead ?? {};
  return parseRecipe([{ head, learningRate }, to].reduce<RecipeInput>(withSettings, rest), `${source}, switchHead.to`);
}

function inherited(parent: Recipe | undefined, fromPreset: boolean): Settings {
  if (!parent) return {};
  const { network, alpha, embeddingLength, activation, negativeSlope, dropout, batch, seed, validationShare } = parent;
  // The parent's network knows its training images, so none of them may validate the fork.
  const validationSeed = parent.validationSeed ?? seed;
  return { network, alpha, embeddingLength, activation, negativeSlope, dropout, seed, ...(validationShare > 0 ? { validationShare, validationSeed } : {}), ...(fromPreset ? {} : { batch }) };
}

function singleSettings({ network, alpha, embeddingLength, activation, negativeSlope, dropout, epochs, steps, batch, accumulate, validationShare, seed }: RecipeOptions): Settings {
  return { network, alpha, embeddingLength, activation, negativeSlope, dropout, epochs, steps, batch, accumulate, validationShare, seed };
}

/**
 * Later settings replace earlier ones section by section; a length in steps also replaces one in epochs, and the other way round, and an
 * activation the slope of the one before it.
 */
function withSettings(recipe: RecipeInput, settings: Settings): RecipeInput {
  const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as Partial<RecipeInput>;
  const replaced: string[] = [];
  if (given.epochs !== undefined || given.steps !== undefined) replaced.push('epochs', 'steps');
  if (given.activation !== undefined) replaced.push('negativeSlope');
  const kept = Object.fromEntries(Object.entries(recipe).filter(([key]) => !replaced.includes(key))) as RecipeInput;
  return { ...kept, ...given };
}
