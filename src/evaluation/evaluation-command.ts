import { Option, type Command } from 'commander';
import * as z from 'zod';
import { writeFileAtomic } from '../base/atomic-file';
import type { CommandRunner } from '../base/command';
import { numberWithin } from '../base/option-parsers';
import type { InputNormalization } from '../network/formats/import/input-normalization';
import { inputNormalization, normalizationHelp } from '../network/formats/import/normalization-option';
import { registerEvaluate } from './evaluate-command';
import { withEmbedder, type EvaluationDependencies } from './evaluation-dependencies';
import { heldOutPhotos, listHeldOut } from './held-out-pairs';
import { formatLfwPairs, writePairs } from './pair-file';
import { addPairOptions, pairOptionsSchema } from './pair-options';
import { makePairs } from './pairs';
import { comparePhotos, embedPhotos, type PhotoComparison } from './photo-commands';
import { photosByIdentity } from './photo-paths';

const flag = z.literal(true).optional();
const photoOptionsSchema = z.object({ aligned: flag, flip: flag, threshold: z.number().optional(), normalize: z.custom<InputNormalization>().optional() });
const makePairsOptionsSchema = pairOptionsSchema.extend({ out: z.string(), format: z.enum(['table', 'lfw']) });
/** Registers `evaluate`, `embed`, `compare` and `pairs make`. */
export function registerEvaluationCommands(program: Command, run: CommandRunner, dependencies: EvaluationDependencies): void {
  registerEvaluate(program, run, dependencies);
  registerEmbed(program, run, dependencies);
  registerCompare(program, run, dependencies);
  registerPairs(program, run, dependencies);
}

function registerEmbed(program: Command, run: CommandRunner, dependencies: EvaluationDependencies): void {
  const command = program
    .command('embed')
    .description('print the embeddings of photos')
    .argument('<model>', 'a run, a model folder or a model file')
    .argument('<photos...>', 'photos with one face each');
  addPhotoOptions(command);
  run(command, async ([model = '', ...photos], options, context) => {
    const { aligned, flip, normalize: normalization } = photoOptionsSchema.parse(options);
    return withEmbedder({ model, normalization }, dependencies, async (embedder) => {
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
    const { aligned, flip, threshold: given, normalize: normalization } = photoOptionsSchema.parse(options);
    const threshold = given ?? (await dependencies.recommendedThreshold(model, normalization));
    return withEmbedder({ model, normalization }, dependencies, async (embedder) => {
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

function addPhotoOptions(command: Command): void {
  command
    .option('--aligned', 'the photos are aligned crops already')
    .option('--flip', 'add the embedding of the mirrored face, as InsightFace does')
    .option('--normalize <form>', normalizationHelp, inputNormalization);
}
