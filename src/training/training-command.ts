import { Option, type Command } from 'commander';
import type { CommandContext, CommandResult, CommandRunner } from '../base/command';
import { numberWithin, wholeNumber } from '../base/option-parsers';
import { UserError } from '../base/user-error';
import { activationNames, networkNames } from '../network/mobilefacenet';
import { headKindSchema } from '../protocol/run';
import { addClusterOptions, trainByOptions, type ClusterOptions } from './cluster/launch/cluster-options';
import { describeOutcomes } from './describe-outcome';
import { parseRunReference } from './lineage/parent-checkpoint';
import { composeRecipe, type RecipeOptions } from './recipe/compose-recipe';
import { presetNames } from './recipe/presets';
import { parseRecipe } from './recipe/recipe-file';
import { samplingKinds } from './recipe/sampling-section';
import { readRunRecord } from './run/run-folder';
import { trainNew, trainOn } from './run-chain';
import type { OpenTrainingEnvironment } from './training-job';

/** Options of `train`, as the option parsers deliver them. */
export interface TrainOptions extends RecipeOptions, ClusterOptions {
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
  addClusterOptions(command);
  run(command, async (_args, raw, context) => {
    const options = raw as TrainOptions;
    return options.resume === undefined ? runNew(options, context, openEnvironment) : runResume(options.resume, options, context, openEnvironment);
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
  mobilefacenet train --resume runs/team-arcface
  mobilefacenet train --dataset datasets/team --out runs/team-softmax --cluster auto --ranks 4`;

async function runNew(options: TrainOptions, context: CommandContext, openEnvironment: OpenTrainingEnvironment): Promise<CommandResult> {
  const { out, from } = options;
  if (out === undefined) throw new UserError('No folder for the new run is given.', 'Add --out RUN.');
  const parent = from === undefined ? undefined : await readRunRecord(parseRunReference(from).run);
  const dataset = options.dataset ?? parent?.dataset;
  if (dataset === undefined) throw new UserError('No dataset is given.', 'Add --dataset DATASET, or --from RUN to use that run\'s.');
  const recipe = await composeRecipe(options, parent && parseRecipe(parent.recipe, `${from ?? ''}/run.json`));
  const recipeSource = options.recipe ?? 'The recipe';
  const origin = from === undefined ? {} : { parent: from };
  const together = await trainByOptions(options, { job: { kind: 'new', dataset, out, recipe, recipeSource, ...origin }, folder: out, recipe }, context);
  if (together) return together;
  const environment = await openEnvironment(dataset, context);
  try {
    return describeOutcomes(await trainNew(environment, { out, recipe, recipeSource, ...origin }));
  } finally {
    environment.close();
  }
}

async function runResume(folder: string, options: ClusterOptions, context: CommandContext, openEnvironment: OpenTrainingEnvironment): Promise<CommandResult> {
  const { dataset, recipe } = await readRunRecord(folder);
  const together = await trainByOptions(options, { job: { kind: 'resume', dataset, run: folder }, folder, recipe: parseRecipe(recipe, `${folder}/run.json`) }, context);
  if (together) return together;
  const environment = await openEnvironment(dataset, context);
  try {
    return describeOutcomes(await trainOn(environment, folder));
  } finally {
    environment.close();
  }
}
