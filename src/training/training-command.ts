import { Option, type Command } from 'commander';
import type { CommandContext, CommandResult, CommandRunner } from '../base/command';
import { numberWithin, wholeNumber } from '../base/option-parsers';
import { UserError } from '../base/user-error';
import { activationNames, networkNames } from '../network/mobilefacenet';
import { headKindSchema, type VerificationSummary } from '../protocol/run';
import { parseRunReference } from './lineage/parent-checkpoint';
import { describeTakenOver } from './lineage/take-over';
import { composeRecipe, type RecipeOptions } from './recipe/compose-recipe';
import { presetNames } from './recipe/presets';
import { parseRecipe } from './recipe/recipe-file';
import { samplingKinds } from './recipe/sampling-section';
import { readRunRecord } from './run/run-folder';
import { trainNew, trainOn } from './run-chain';
import type { TrainingEnvironment } from './training-job';
import type { TrainingOutcome } from './trainer';

/** Opens engine, dataset and verification for a training on `datasetFolder`; `close` frees them. */
export type OpenTrainingEnvironment = (datasetFolder: string, context: CommandContext) => Promise<TrainingEnvironment & { close(): void }>;

/** Options of `train`, as the option parsers deliver them. */
export interface TrainOptions extends RecipeOptions {
  readonly dataset?: string;
  readonly out?: string;
  readonly resume?: string;
  readonly from?: string;
}

export function registerTrainingCommands(program: Command, run: CommandRunner, openEnvironment: OpenTrainingEnvironment): void {
  const command = program
    .command('train')
    .description('Train a network on a prepared dataset, fork a run with another head, or resume an interrupted run.')
    .option('--dataset <folder>', 'prepared dataset (written by `dataset prepare`)')
    .option('--out <folder>', 'folder of the new run')
    .option('--resume <run>', 'continue this run from its newest checkpoint')
    .option('--from <run[@point]>', 'start from the newest checkpoint of this run, from run@best, its best on held-out people, or from run@120, that of a step (its dataset and network are the defaults)')
    .addOption(new Option('--network <name>', 'network of a new run').choices(networkNames))
    .option('--alpha <factor>', 'width multiplier of the network', numberWithin(0.25, 2))
    .option('--embedding-length <n>', 'numbers of an embedding', wholeNumber(2, 4096))
    .addOption(new Option('--activation <name>', "behind the network's convolutions (the K210 computes the slopes of prelu only nearly)").choices(activationNames))
    .option('--negative-slope <slope>', 'slope of leakyRelu below zero', numberWithin(0, 1))
    .option('--dropout <share>', 'share of the values before the embedding that a step sets to zero', numberWithin(0, 0.99))
    .addOption(new Option('--head <kind>', 'what the network is trained with').choices(headKindSchema.options))
    .option('--recipe <file|preset>', `JSON file with a training recipe, or a preset: ${presetNames.join(', ')} (see \`recipes\`)`)
    .option('--epochs <n>', 'passes over the training images', wholeNumber(1, 10_000))
    .option('--steps <n>', 'updates of the weights, instead of --epochs', wholeNumber(1, 100_000_000))
    .option('--batch <n>', 'images in memory at a time', wholeNumber(2, 1024))
    .option('--accumulate <n>', 'batches whose gradients are averaged into one update', wholeNumber(1, 1024))
    .option('--learning-rate <rate>', 'initial learning rate', numberWithin(1e-9, 10))
    .option('--margin <m>', 'margin of the head: radians, or of the cosine for cosface', numberWithin(0, 1.5))
    .option('--scale <s>', 'factor on the cosines of a margin head: a number, or adacos', (text) => (text === 'adacos' ? text : numberWithin(1, 256)(text)))
    .option('--margin-warm-up <epochs>', 'epochs over which the margin grows from 0', numberWithin(0, 10_000))
    .option('--sample-rate <share>', 'share of the identities that a step compares with (Partial FC), for many thousands of people', numberWithin(1e-4, 1))
    .addOption(new Option('--sampling <kind>', 'order of the images: each once an epoch, every person equally often, or groups of people x photos').choices(samplingKinds))
    .option('--people <n>', 'people in a group of --sampling pk (default 8)', wholeNumber(2, 512))
    .option('--photos-per-person <n>', 'photos of each of them (default 4)', wholeNumber(2, 64))
    .option('--validation-share <share>', 'share of the images that are not trained on but measured after each epoch (a fork keeps its parent\'s)', numberWithin(0, 0.5))
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
  mobilefacenet train --from runs/team-softmax@best --head cosface --out runs/team-cosface
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
    return describe(await trainNew(environment, { out, recipe, recipeSource: options.recipe ?? 'The recipe', ...(from === undefined ? {} : { parent: from }) }));
  } finally {
    environment.close();
  }
}

async function runResume(folder: string, context: CommandContext, openEnvironment: OpenTrainingEnvironment): Promise<CommandResult> {
  const { dataset } = await readRunRecord(folder);
  const environment = await openEnvironment(dataset, context);
  try {
    return describe(await trainOn(environment, folder));
  } finally {
    environment.close();
  }
}

/** The last run is the result; the text tells of those before it as well. */
function describe(outcomes: readonly TrainingOutcome[]): CommandResult {
  const last = outcomes.at(-1);
  if (!last) throw new Error('Nothing was trained');
  const { folder, step, record: { state, result, initialVerification, ending, takenOver } } = last;
  const earlier = outcomes.length > 1 ? { earlier: outcomes.slice(0, -1).map((outcome) => outcome.folder) } : {};
  return {
    result: { run: folder, state, step, ...result, initialVerification, takenOver, ...(ending ? { ending } : {}), ...earlier },
    text: outcomes.map(outcomeText).join('\n'),
  };
}

function outcomeText({ folder, step, record: { state, result, ending, takenOver, parent } }: TrainingOutcome): string {
  return [
    `${folder}: ${state} at step ${step}.${ending ? ` ${ending.message}` : ''}`,
    ...(takenOver ? [`From ${parent?.name ?? 'its parent'}: ${describeTakenOver(takenOver)}.`] : []),
    ...(result ? [`Loss ${result.firstLoss.toFixed(3)} at the start, ${result.lastLoss.toFixed(3)} at the end; ${result.imagesPerSecond.toFixed(1)} images/s.`] : []),
    ...(result?.validation ? [`Validation images: loss ${result.validation.loss.toFixed(3)}, accuracy ${(100 * result.validation.accuracy).toFixed(1)} %.`] : []),
    ...(result?.verification ? [describeVerification(result.verification)] : []),
  ].join('\n');
}

/** One line, e.g. "Held-out people: accuracy 91.2 % ± 1.3, AUC 0.972, EER 8.9 % on 1,200 pairs; threshold 0.31." */
export function describeVerification(summary: VerificationSummary): string {
  const percent = (value: number): string => (value * 100).toFixed(1);
  return (
    `Held-out people: accuracy ${percent(summary.accuracy)} % ± ${percent(summary.accuracyDeviation)}, AUC ${summary.auc.toFixed(4)}, ` +
    `EER ${percent(summary.eer)} % on ${summary.pairs} pairs; threshold ${summary.threshold.toFixed(3)}.`
  );
}

