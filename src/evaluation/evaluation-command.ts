import { Option, type Command } from 'commander';
import { z } from 'zod';
import { writeFileAtomic } from '../base/atomic-file';
import type { CommandContext, CommandResult, CommandRunner } from '../base/command';
import { numberWithin, wholeNumber } from '../base/option-parsers';
import { UserError } from '../base/user-error';
import type { FaceEmbedder } from './embedding';
import { evaluatePairs } from './evaluate-model';
import type { EvaluationDependencies } from './evaluation-dependencies';
import { verifyHeldOut } from './held-out';
import { heldOutPhotos, listHeldOut, locateHeldOut } from './held-out-pairs';
import { formatLfwPairs, readPairs, writePairs } from './pair-file';
import { makePairs, type PairList } from './pairs';
import { comparePhotos, cropLoader, embedPhotos, type PhotoComparison } from './photo-commands';
import { locatePhotos, photosByIdentity } from './photo-paths';
import { reportJson, reportText, writeReport, type ReportToWrite } from './report';

const flag = z.literal(true).optional();
const photoOptionsSchema = z.object({ aligned: flag, flip: flag, threshold: z.number().optional() });
const pairOptionsSchema = z.object({ count: z.number(), seed: z.number() });
const makePairsOptionsSchema = pairOptionsSchema.extend({ out: z.string(), format: z.enum(['table', 'lfw']) });
const evaluateOptionsSchema = pairOptionsSchema.extend({
  photos: z.string().optional(),
  pairs: z.string().optional(),
  dataset: z.string().optional(),
  aligned: flag,
  flip: flag,
  out: z.string().optional(),
});
type EvaluateOptions = z.infer<typeof evaluateOptionsSchema>;

const defaultPairCount = 6000;
const mostPairs = 10_000_000;

/** Registers `evaluate`, `embed`, `compare` and `pairs make`. */
export function registerEvaluationCommands(program: Command, run: CommandRunner, dependencies: EvaluationDependencies): void {
  registerEvaluate(program, run, dependencies);
  registerEmbed(program, run, dependencies);
  registerCompare(program, run, dependencies);
  registerPairs(program, run, dependencies);
}

function registerEvaluate(program: Command, run: CommandRunner, dependencies: EvaluationDependencies): void {
  const command = program
    .command('evaluate')
    .description('judge a model by pairs of photos: 10-fold accuracy, ROC, AUC, equal error rate, recommended threshold')
    .argument('<model>', 'a run, a model folder or a model file')
    .addOption(new Option('--photos <folder>', 'photos as <folder>/<person>/<photo>').conflicts('dataset'))
    .option('--pairs <file>', 'pair list (LFW\'s pairs.txt or a,b,same,fold) of the photos or of the dataset\'s held-out people; made when not given')
    .option('--dataset <folder>', 'a prepared dataset: its held-out people are used')
    .option('--aligned', 'the photos are aligned crops already')
    .option('--flip', 'add the embedding of the mirrored face, as InsightFace does')
    .option('--out <folder>', 'write report.json, report.txt, roc.csv, roc.svg and scores.csv there');
  addPairOptions(command);
  run(command, async ([model = ''], options, context) => evaluate(model, evaluateOptionsSchema.parse(options), context, dependencies));
}

function registerEmbed(program: Command, run: CommandRunner, dependencies: EvaluationDependencies): void {
  const command = program
    .command('embed')
    .description('print the embeddings of photos')
    .argument('<model>', 'a run, a model folder or a model file')
    .argument('<photos...>', 'photos with one face each');
  addPhotoOptions(command);
  run(command, async ([model = '', ...photos], options, context) => {
    const { aligned, flip } = photoOptionsSchema.parse(options);
    return withEmbedder(model, dependencies, async (embedder) => {
      const embedded = await embedPhotos(embedder, photos, dependencies, { ...context, aligned: aligned ?? false, flipSum: flip ?? false });
      const embeddings = embedded.map(({ photo, embedding }) => ({ photo, embedding: embedding ? [...embedding] : null }));
      const photosWithoutFace = embeddings.filter(({ embedding }) => !embedding).map(({ photo }) => photo);
      const lines = embeddings.map(({ photo, embedding }) => `${photo}: ${embedding?.map((value) => value.toFixed(6)).join(' ') ?? 'no face found'}`);
      return { result: { model, embeddingLength: embedder.embeddingLength, embeddings, photosWithoutFace }, text: lines.join('\n') };
    });
  });
}

function registerCompare(program: Command, run: CommandRunner, dependencies: EvaluationDependencies): void {
  const command = program
    .command('compare')
    .description('say whether two photos show the same person')
    .argument('<model>', 'a run, a model folder or a model file')
    .argument('<first>', 'a photo')
    .argument('<second>', 'another photo')
    .option('--threshold <cosine>', 'judge by this instead of the model\'s recommended threshold', numberWithin(-1, 1));
  addPhotoOptions(command);
  run(command, async ([model = '', first = '', second = ''], options, context) => {
    const { aligned, flip, threshold: given } = photoOptionsSchema.parse(options);
    const threshold = given ?? (await dependencies.recommendedThreshold(model));
    return withEmbedder(model, dependencies, async (embedder) => {
      const photoOptions = { ...context, aligned: aligned ?? false, flipSum: flip ?? false };
      const comparison = await comparePhotos(embedder, [first, second], threshold, dependencies, photoOptions);
      const { score, same } = comparison;
      return { result: { model, photos: [first, second], score, threshold: threshold ?? null, same: same ?? null }, text: comparisonText(comparison) };
    });
  });
}

function comparisonText({ score, threshold, same }: PhotoComparison): string {
  if (threshold === undefined) {
    return `Cosine ${score.toFixed(4)}. Not judged: the model has no recommended threshold yet; give --threshold, or find one with "evaluate".`;
  }
  return `${same ? 'Same person' : 'Different people'}: cosine ${score.toFixed(4)}, threshold ${threshold.toFixed(4)}.`;
}

function registerPairs(program: Command, run: CommandRunner, dependencies: EvaluationDependencies): void {
  const make = program
    .command('pairs')
    .description('pair lists for "evaluate"')
    .command('make')
    .description('make balanced pairs of photos, the same for the same seed')
    .argument('<photos|dataset>', 'photos as <photos>/<person>/<photo>, or a prepared dataset, of which the held-out people are paired')
    .requiredOption('--out <file>', 'the pair list to write')
    .addOption(new Option('--format <form>', 'table: a,b,same,fold; lfw: as LFW\'s pairs.txt').choices(['table', 'lfw']).default('table'));
  addPairOptions(make);
  run(make, async ([photos = ''], options) => {
    const { out, count, seed, format } = makePairsOptionsSchema.parse(options);
    const heldOut = await listHeldOut(photos);
    const list = makePairs(heldOut ? heldOutPhotos(heldOut) : await photosByIdentity(photos, dependencies), { count, seed });
    if (format === 'lfw') await writeFileAtomic(out, formatLfwPairs(list));
    else await writePairs(out, list);
    const samePairs = list.pairs.filter((pair) => pair.same).length;
    const fewer = list.pairs.length < count ? ` The photos give no more than these of the ${count} asked for.` : '';
    return {
      result: { out, pairs: list.pairs.length, samePairs, differentPairs: list.pairs.length - samePairs, folds: list.folds, seed },
      text: `${out}: ${samePairs} pairs of the same person and ${list.pairs.length - samePairs} of different people in ${list.folds} folds.${fewer}`,
    };
  });
}

async function evaluate(model: string, options: EvaluateOptions, context: CommandContext, dependencies: EvaluationDependencies): Promise<CommandResult> {
  const { photos, dataset } = options;
  if (photos === undefined && dataset === undefined) {
    throw new UserError('Nothing to evaluate on was given.', 'Give --photos with a folder (and --pairs with a list), or --dataset with a prepared dataset.');
  }
  // Read before the model is opened: a wrong list is then told at once.
  const list = await pairsToJudge(options, dependencies);
  return withEmbedder(model, dependencies, async (embedder) => {
    const outcome = list && photos !== undefined
      ? await evaluateOnPhotos(embedder, photos, list, options, context, dependencies)
      : await evaluateOnDataset(embedder, dataset ?? '', list, options, context, dependencies);
    const facts = { model, flip: options.flip ?? false, ...outcome.facts };
    const written = options.out === undefined ? [] : await writeReport(options.out, { ...outcome, facts });
    const lines = [reportText(outcome.title, outcome.report), ...outcome.notes, ...written.map((file) => `Written: ${file}`)];
    return { result: { ...facts, ...reportJson(outcome.report), written }, text: lines.join('\n') };
  });
}

interface EvaluationOutcome extends ReportToWrite {
  /** Sentences for people. */
  readonly notes: readonly string[];
}

/** Undefined where the pairs of a dataset are made while it is judged. */
async function pairsToJudge({ photos, pairs, count, seed }: EvaluateOptions, dependencies: EvaluationDependencies): Promise<PairList | undefined> {
  if (pairs !== undefined) return readPairs(pairs);
  return photos === undefined ? undefined : makePairs(await photosByIdentity(photos, dependencies), { count, seed });
}

async function evaluateOnPhotos(
  embedder: FaceEmbedder,
  folder: string,
  list: PairList,
  options: EvaluateOptions,
  context: CommandContext,
  dependencies: EvaluationDependencies,
): Promise<EvaluationOutcome> {
  const files = await locatePhotos(folder, list);
  const crop = cropLoader(dependencies, embedder.imageSize, options.aligned ?? false);
  const { report, scoredPairs, photos, photosWithoutFace, pairsSkipped } = await evaluatePairs(embedder, list, (name) => crop(files.get(name) ?? name), {
    ...context,
    flipSum: options.flip ?? false,
    seed: options.seed,
  });
  const skipped = `No face was found in ${photosWithoutFace.length} of ${photos} photos; ${pairsSkipped} pairs were not judged.`;
  return {
    title: embedder.title,
    report,
    scoredPairs,
    facts: { photosFolder: folder, pairList: options.pairs ?? null, photos, photosWithoutFace, pairsSkipped },
    notes: photosWithoutFace.length > 0 ? [skipped] : [],
  };
}

async function evaluateOnDataset(
  embedder: FaceEmbedder,
  dataset: string,
  list: PairList | undefined,
  options: EvaluateOptions,
  context: CommandContext,
  dependencies: EvaluationDependencies,
): Promise<EvaluationOutcome> {
  const source = await dependencies.openHeldOut(dataset, embedder.imageSize);
  const { seed, flip = false } = options;
  try {
    const identities = source.identities.length;
    const photos = source.identities.reduce((total, { images }) => total + images, 0);
    const facts = { dataset, pairList: options.pairs ?? null, identities, photos, photosWithoutFace: [], pairsSkipped: 0 };
    if (!list) return { title: embedder.title, report: await verifyHeldOut(embedder, source, { ...context, flipSum: flip, pairs: options.count, seed }), facts, notes: [] };
    const pictures = locateHeldOut(source.identities, list, dataset);
    const { report, scoredPairs } = await evaluatePairs(embedder, list, (name) => source.loadCrop(pictures.get(name) ?? 0), { ...context, flipSum: flip, seed });
    return { title: embedder.title, report, scoredPairs, facts, notes: [] };
  } finally {
    await source.close();
  }
}

async function withEmbedder<T>(model: string, dependencies: EvaluationDependencies, use: (embedder: FaceEmbedder) => Promise<T>): Promise<T> {
  const embedder = await dependencies.openEmbedder(model);
  try {
    return await use(embedder);
  } finally {
    embedder.close();
  }
}

function addPairOptions(command: Command): void {
  command
    .option('--count <pairs>', 'pairs to make, half of them of the same person', wholeNumber(4, mostPairs), defaultPairCount)
    .option('--seed <number>', 'seed of the pairs and of the threshold\'s interval', wholeNumber(0, Number.MAX_SAFE_INTEGER), 0);
}

function addPhotoOptions(command: Command): void {
  command.option('--aligned', 'the photos are aligned crops already').option('--flip', 'add the embedding of the mirrored face, as InsightFace does');
}
