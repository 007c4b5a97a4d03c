import type { Command } from 'commander';
import { z } from 'zod';
import type { CommandContext, CommandResult, CommandRunner } from '../base/command';
import { UserError } from '../base/user-error';
import { networkNames } from '../network/mobilefacenet';
import { headKindSchema, type VerificationSummary } from '../protocol/run';
import { defaultRecipe, parseRecipe, readRecipeFile, type Recipe, type RecipeInput } from './recipe';
import { readRunRecord } from './run/run-folder';
import { resumeRun, startRun, type TrainingEnvironment } from './training-job';
import type { TrainingOutcome } from './trainer';

/** Opens engine, dataset and verification for a training on `datasetFolder`; `close` frees them. */
export type OpenTrainingEnvironment = (datasetFolder: string, context: CommandContext) => Promise<TrainingEnvironment & { close(): void }>;

const optionsSchema = z.object({
  dataset: z.string().optional(),
  out: z.string().optional(),
  resume: z.string().optional(),
  from: z.string().optional(),
  recipe: z.string().optional(),
  network: z.enum(networkNames).optional(),
  alpha: z.coerce.number().optional(),
  head: headKindSchema.optional(),
  epochs: z.coerce.number().optional(),
  batch: z.coerce.number().optional(),
  learningRate: z.coerce.number().optional(),
  margin: z.coerce.number().optional(),
  scale: z.union([z.literal('adacos'), z.coerce.number()]).optional(),
  seed: z.coerce.number().optional(),
});
export type TrainOptions = z.infer<typeof optionsSchema>;

export function registerTrainingCommands(program: Command, run: CommandRunner, openEnvironment: OpenTrainingEnvironment): void {
  const command = program
    .command('train')
    .description('Train a network on a prepared dataset, fork a run with another head, or resume an interrupted run.')
    .option('--dataset <folder>', 'prepared dataset (written by `dataset prepare`)')
    .option('--out <folder>', 'folder of the new run')
    .option('--resume <run>', 'continue this run from its newest checkpoint')
    .option('--from <run>', 'start from the network of this run (its dataset, network and size are the defaults)')
    .option('--network <name>', `one of ${networkNames.join(', ')}`)
    .option('--alpha <factor>', 'width multiplier of the network, 0.25 to 2')
    .option('--head <kind>', `one of ${headKindSchema.options.join(', ')}`)
    .option('--recipe <file>', 'JSON file with a training recipe')
    .option('--epochs <n>', 'passes over the training images')
    .option('--batch <n>', 'images per step')
    .option('--learning-rate <rate>', 'initial learning rate')
    .option('--margin <radians>', 'ArcFace margin')
    .option('--scale <s>', 'ArcFace scale: a number, or adacos')
    .option('--seed <n>', 'seed of weights, data order and augmentation')
    .addHelpText('after', trainExamples);
  run(command, async (_args, raw, context) => {
    const options = parseTrainOptions(raw);
    return options.resume === undefined ? runNew(options, context, openEnvironment) : runResume(options.resume, context, openEnvironment);
  });
}

const trainExamples = `
Examples:
  mobilefacenet train --dataset datasets/team --out runs/team-softmax
  mobilefacenet train --from runs/team-softmax --head arcface --out runs/team-arcface
  mobilefacenet train --resume runs/team-arcface`;

/** @throws UserError naming the option that is wrong */
export function parseTrainOptions(raw: unknown): TrainOptions {
  const parsed = optionsSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const name = String(issue?.path[0] ?? '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new UserError(`Option --${name} is not valid (${issue?.message ?? 'unknown reason'}).`, 'See `mobilefacenet train --help`.');
}

async function runNew(options: TrainOptions, context: CommandContext, openEnvironment: OpenTrainingEnvironment): Promise<CommandResult> {
  const { out, from } = options;
  if (out === undefined) throw new UserError('No folder for the new run is given.', 'Add --out RUN.');
  const parent = from === undefined ? undefined : await readRunRecord(from);
  const dataset = options.dataset ?? parent?.dataset;
  if (dataset === undefined) throw new UserError('No dataset is given.', 'Add --dataset DATASET, or --from RUN to use that run\'s.');
  const recipe = await composeRecipe(options, parent && parseRecipe(parent.recipe, `${from ?? ''}/run.json`));
  const environment = await openEnvironment(dataset, context);
  try {
    return describe(out, await startRun(environment, { out, recipe, ...(from === undefined ? {} : { parent: from }) }));
  } finally {
    environment.close();
  }
}

async function runResume(folder: string, context: CommandContext, openEnvironment: OpenTrainingEnvironment): Promise<CommandResult> {
  const { dataset } = await readRunRecord(folder);
  const environment = await openEnvironment(dataset, context);
  try {
    return describe(folder, await resumeRun(environment, folder));
  } finally {
    environment.close();
  }
}

/** The recipe of a new run: defaults of the head, then the parent's network, then the recipe file, then single options. */
export async function composeRecipe(options: TrainOptions, parent: Recipe | undefined): Promise<Recipe> {
  const base = defaultRecipe(options.head ?? (parent ? 'arcface' : 'softmax'));
  const inherited = parent ? { network: parent.network, alpha: parent.alpha, embeddingLength: parent.embeddingLength, batch: parent.batch, seed: parent.seed } : {};
  const fallback: RecipeInput = { ...base, ...inherited };
  const written = options.recipe === undefined ? fallback : await readRecipeFile(options.recipe, fallback);
  const { network, alpha, epochs, batch, seed } = options;
  const single = Object.fromEntries(Object.entries({ network, alpha, epochs, batch, seed }).filter(([, value]) => value !== undefined));
  const merged = { ...written, ...single } as RecipeInput;
  const head = merged.head.kind === 'arcface'
    ? { ...merged.head, ...(options.margin === undefined ? {} : { margin: options.margin }), ...(options.scale === undefined ? {} : { scale: options.scale }) }
    : merged.head;
  const learningRate = options.learningRate === undefined ? merged.learningRate : { ...merged.learningRate, initial: options.learningRate };
  return parseRecipe({ ...merged, head, learningRate }, options.recipe ?? 'The recipe');
}

function describe(folder: string, { record, step }: TrainingOutcome): CommandResult {
  const { state, result, initialVerification } = record;
  const lines = [
    `${folder}: ${state} at step ${step}.`,
    ...(result ? [`Loss ${result.firstLoss.toFixed(3)} at the start, ${result.lastLoss.toFixed(3)} at the end; ${result.imagesPerSecond.toFixed(1)} images/s.`] : []),
    ...(result?.verification ? [describeVerification(result.verification)] : []),
  ];
  return { result: { run: folder, state, step, ...result, initialVerification }, text: lines.join('\n') };
}

/** One line, e.g. "Held-out people: accuracy 91.2 % ± 1.3, AUC 0.972, EER 8.9 % on 1,200 pairs; threshold 0.31." */
export function describeVerification(summary: VerificationSummary): string {
  const percent = (value: number): string => (value * 100).toFixed(1);
  return (
    `Held-out people: accuracy ${percent(summary.accuracy)} % ± ${percent(summary.accuracyDeviation)}, AUC ${summary.auc.toFixed(4)}, ` +
    `EER ${percent(summary.eer)} % on ${summary.pairs} pairs; threshold ${summary.threshold.toFixed(3)}.`
  );
}

