import { Option, type Command } from 'commander';
import type { CommandContext, CommandResult, CommandRunner } from '../base/command';
import { numberWithin, wholeNumber } from '../base/option-parsers';
import { UserError } from '../base/user-error';
import { networkNames, type NetworkName } from '../network/mobilefacenet';
import { headKindSchema, type HeadKind, type VerificationSummary } from '../protocol/run';
import { withHeadOptions } from './heads/head-options';
import { defaultRecipe } from './recipe/presets';
import type { Recipe, RecipeInput } from './recipe/recipe';
import { parseRecipe, readRecipeFile } from './recipe/recipe-file';
import { parseRunReference } from './lineage/parent-checkpoint';
import { describeTakenOver } from './lineage/take-over';
import { readRunRecord } from './run/run-folder';
import { resumeRun, startRun, type TrainingEnvironment } from './training-job';
import type { TrainingOutcome } from './trainer';

/** Opens engine, dataset and verification for a training on `datasetFolder`; `close` frees them. */
export type OpenTrainingEnvironment = (datasetFolder: string, context: CommandContext) => Promise<TrainingEnvironment & { close(): void }>;

/** Options of `train`, as the option parsers deliver them. */
export interface TrainOptions {
  readonly dataset?: string;
  readonly out?: string;
  readonly resume?: string;
  readonly from?: string;
  readonly recipe?: string;
  readonly network?: NetworkName;
  readonly alpha?: number;
  readonly head?: HeadKind;
  readonly epochs?: number;
  readonly batch?: number;
  readonly learningRate?: number;
  readonly margin?: number;
  readonly scale?: 'adacos' | number;
  readonly marginWarmUp?: number;
  readonly sampleRate?: number;
  readonly seed?: number;
}

export function registerTrainingCommands(program: Command, run: CommandRunner, openEnvironment: OpenTrainingEnvironment): void {
  const command = program
    .command('train')
    .description('Train a network on a prepared dataset, fork a run with another head, or resume an interrupted run.')
    .option('--dataset <folder>', 'prepared dataset (written by `dataset prepare`)')
    .option('--out <folder>', 'folder of the new run')
    .option('--resume <run>', 'continue this run from its newest checkpoint')
    .option('--from <run[@step]>', 'start from the newest checkpoint of this run, or from that of a step (its dataset, network and size are the defaults)')
    .addOption(new Option('--network <name>', 'network of a new run').choices(networkNames))
    .option('--alpha <factor>', 'width multiplier of the network', numberWithin(0.25, 2))
    .addOption(new Option('--head <kind>', 'what the network is trained with').choices(headKindSchema.options))
    .option('--recipe <file>', 'JSON file with a training recipe')
    .option('--epochs <n>', 'passes over the training images', wholeNumber(1, 10_000))
    .option('--batch <n>', 'images per step', wholeNumber(2, 1024))
    .option('--learning-rate <rate>', 'initial learning rate', numberWithin(1e-9, 10))
    .option('--margin <m>', 'margin of the head: radians, or of the cosine for cosface', numberWithin(0, 1.5))
    .option('--scale <s>', 'factor on the cosines of a margin head: a number, or adacos', (text) => (text === 'adacos' ? text : numberWithin(1, 256)(text)))
    .option('--margin-warm-up <epochs>', 'epochs over which the margin grows from 0', numberWithin(0, 10_000))
    .option('--sample-rate <share>', 'share of the identities that a step compares with (Partial FC), for many thousands of people', numberWithin(1e-4, 1))
    .option('--seed <n>', 'seed of weights, data order and augmentation', wholeNumber(0, 2 ** 31 - 1))
    .addHelpText('after', trainExamples);
  run(command, async (_args, raw, context) => {
    const options = raw as TrainOptions;
    return options.resume === undefined ? runNew(options, context, openEnvironment) : runResume(options.resume, context, openEnvironment);
  });
}

const trainExamples = `
Heads, with the defaults of their papers (a recipe's "head" changes more of each):
  softmax            a dense layer: begin with it
  arcface            angular margin 0.5 (Deng et al. 2019)
  cosface            cosine margin 0.35 (Wang et al. 2018)
  combined           m1 = 1, m2 = 0.3, m3 = 0.2 (InsightFace's CombinedMarginLoss)
  adaface            margin 0.4 that follows the picture's quality (Kim et al. 2022)
  subcenter-arcface  margin 0.5, three centres a person, for noisy labels (Deng et al. 2020)

Examples:
  mobilefacenet train --dataset datasets/team --out runs/team-softmax
  mobilefacenet train --from runs/team-softmax --head arcface --out runs/team-arcface
  mobilefacenet train --resume runs/team-arcface`;

async function runNew(options: TrainOptions, context: CommandContext, openEnvironment: OpenTrainingEnvironment): Promise<CommandResult> {
  const { out, from } = options;
  if (out === undefined) throw new UserError('No folder for the new run is given.', 'Add --out RUN.');
  const parent = from === undefined ? undefined : await readRunRecord(parseRunReference(from).run);
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
  const head = withHeadOptions(merged.head, options);
  const learningRate = options.learningRate === undefined ? merged.learningRate : { ...merged.learningRate, initial: options.learningRate };
  return parseRecipe({ ...merged, head, learningRate }, options.recipe ?? 'The recipe');
}

function describe(folder: string, { record, step }: TrainingOutcome): CommandResult {
  const { state, result, initialVerification, takenOver } = record;
  const lines = [
    `${folder}: ${state} at step ${step}.`,
    ...(takenOver ? [`From ${record.parent?.name ?? 'its parent'}: ${describeTakenOver(takenOver)}.`] : []),
    ...(result ? [`Loss ${result.firstLoss.toFixed(3)} at the start, ${result.lastLoss.toFixed(3)} at the end; ${result.imagesPerSecond.toFixed(1)} images/s.`] : []),
    ...(result?.verification ? [describeVerification(result.verification)] : []),
  ];
  return { result: { run: folder, state, step, ...result, initialVerification, takenOver }, text: lines.join('\n') };
}

/** One line, e.g. "Held-out people: accuracy 91.2 % ± 1.3, AUC 0.972, EER 8.9 % on 1,200 pairs; threshold 0.31." */
export function describeVerification(summary: VerificationSummary): string {
  const percent = (value: number): string => (value * 100).toFixed(1);
  return (
    `Held-out people: accuracy ${percent(summary.accuracy)} % ± ${percent(summary.accuracyDeviation)}, AUC ${summary.auc.toFixed(4)}, ` +
    `EER ${percent(summary.eer)} % on ${summary.pairs} pairs; threshold ${summary.threshold.toFixed(3)}.`
  );
}

