import { Option, type Command } from 'commander';
import * as z from 'zod';
import { writeFileAtomic } from '../base/atomic-file';
import type { CommandContext, CommandResult, CommandRunner } from '../base/command';
import { productVersion } from '../base/product';
import { UserError } from '../base/user-error';
import type { InputNormalization } from '../network/formats/import/input-normalization';
import { inputNormalization, normalizationHelp } from '../network/formats/import/normalization-option';
import type { FaceEmbedder } from './embedding';
import { evaluatePairs, type PairEvaluation } from './evaluate-model';
import { withEmbedder, type EvaluationDependencies } from './evaluation-dependencies';
import { openJudgedSet, type JudgedSet, type JudgedSource } from './judged-set';
import { evaluationPage } from './page/evaluation-page';
import { worstPairs, type WorstPairs } from './page/worst-pairs';
import { readPairs } from './pair-file';
import { addPairOptions, pairOptionsSchema } from './pair-options';
import { evaluationJson, reportText, writeReport, writeReportJson, type EvaluationReport } from './report';
import { protocolSentence } from './report-wording';

const flag = z.literal(true).optional();
const evaluateOptionsSchema = pairOptionsSchema.extend({
  photos: z.string().optional(),
  pairs: z.string().optional(),
  dataset: z.string().optional(),
  bin: z.string().optional(),
  aligned: flag,
  flip: flag,
  out: z.string().optional(),
  report: z.string().optional(),
  html: z.string().optional(),
  thumbnails: z.boolean(),
  normalize: z.custom<InputNormalization>().optional(),
});
type EvaluateOptions = z.infer<typeof evaluateOptionsSchema>;

/** Pairs of each kind of error that the page lists. */
const mostWorstPairs = 12;

const examples = `
Examples:
  mobilefacenet evaluate runs/team --dataset datasets/team --html team.html
  mobilefacenet evaluate runs/team --photos lfw --pairs pairs.txt --flip
  mobilefacenet evaluate runs/team --bin agedb_30.bin --report agedb.json`;

export function registerEvaluate(program: Command, run: CommandRunner, dependencies: EvaluationDependencies): void {
  const command = program
    .command('evaluate')
    .description('judge a model by pairs of photos: 10-fold accuracy, ROC, AUC, equal error rate, rank-1, recommended threshold, each with its interval')
    .argument('<model>', 'a run, a model folder or a model file')
    .addOption(new Option('--photos <folder>', 'photos as <folder>/<person>/<photo>').conflicts(['dataset', 'bin']))
    .option('--pairs <file>', 'pair list (LFW\'s pairs.txt or a,b,same,fold) of the photos or of the dataset\'s held-out people; made when not given')
    .addOption(new Option('--dataset <folder>', 'a prepared dataset: its held-out people are used').conflicts('bin'))
    .addOption(new Option('--bin <file>', 'a verification set as InsightFace publishes them (lfw.bin, agedb_30.bin, cfp_fp.bin)').conflicts('pairs'))
    .option('--aligned', 'the photos are aligned crops already')
    .option('--flip', 'add the embedding of the mirrored face, as InsightFace does')
    .option('--report <file>', 'write all figures and the curve as JSON')
    .option('--html <file>', 'write a page with plots and the worst errors, which needs no other file')
    .option('--normalize <form>', normalizationHelp, inputNormalization)
    .option('--no-thumbnails', 'the page names the photos of the worst errors and does not show them')
    .option('--out <folder>', 'write report.json, report.txt, report.html, roc.csv, roc.svg and scores.csv there')
    .addHelpText('after', examples);
  addPairOptions(command);
  run(command, async ([model = ''], options, context) => evaluate(model, evaluateOptionsSchema.parse(options), context, dependencies));
}

async function evaluate(model: string, options: EvaluateOptions, context: CommandContext, dependencies: EvaluationDependencies): Promise<CommandResult> {
  const source = sourceOf(options);
  // Read before the model is opened: a wrong list is then told at once.
  const given = options.pairs === undefined ? undefined : { file: options.pairs, list: await readPairs(options.pairs) };
  const { count, seed, flip = false } = options;
  return withEmbedder({ model, normalization: options.normalize }, dependencies, async (embedder) => {
    const judged = await openJudgedSet(source, { given, count, seed }, embedder, dependencies);
    try {
      const mismatch = templateMismatch(embedder, judged);
      if (mismatch !== undefined) context.notice(mismatch);
      const outcome = await evaluatePairs(embedder, judged.list, (photo) => judged.cropOf(photo), { ...context, flipSum: flip, seed });
      const evaluation = reportOf(model, embedder, judged, outcome, flip);
      const written = await writeFiles(evaluation, judged, embedder.imageSize, options, dependencies);
      const lines = [reportText(evaluation.title, evaluation.report, evaluation.identification), ...notes(outcome), ...written.map((file) => `Written: ${file}`)];
      return { result: { ...evaluation.facts, ...evaluationJson(evaluation), written }, text: lines.join('\n') };
    } finally {
      await judged.close();
    }
  });
}

function sourceOf({ photos, dataset, bin, aligned }: EvaluateOptions): JudgedSource {
  if (photos !== undefined) return { kind: 'photos', folder: photos, aligned: aligned ?? false };
  if (dataset !== undefined) return { kind: 'dataset', folder: dataset };
  if (bin !== undefined) return { kind: 'bin', file: bin };
  throw new UserError('Nothing to evaluate on was given.', 'Give --photos with a folder (and --pairs with a list), --dataset with a prepared dataset, or --bin with a verification set.');
}

function reportOf(model: string, { title, template }: FaceEmbedder, judged: JudgedSet, outcome: PairEvaluation, flip: boolean): EvaluationReport {
  const { report, scoredPairs, identification, photos, people, photosWithoutFace, pairsSkipped } = outcome;
  return {
    title, subject: judged.subject, report, scoredPairs,
    ...(identification ? { identification } : {}),
    facts: {
      model, title, flip, modelTemplate: template ?? null, ...judged.facts, fingerprint: judged.fingerprint, protocol: protocolSentence(report), toolVersion: productVersion,
      photos, people: people ?? null, photosWithoutFace, pairsSkipped,
    },
  };
}

/** A model sees other faces in crops that are cut otherwise; its figures then say little. */
function templateMismatch({ template }: FaceEmbedder, judged: JudgedSet): string | undefined {
  if (template === undefined || judged.template === undefined || template === judged.template) return undefined;
  return `The model was trained on crops cut as ${template}, but those of the dataset are cut as ${judged.template}: its figures will be worse than the model is. Prepare the dataset again in the model's way.`;
}

function notes({ photosWithoutFace, photos, pairsSkipped }: PairEvaluation): string[] {
  return photosWithoutFace.length > 0 ? [`No face was found in ${photosWithoutFace.length} of ${photos} photos; ${pairsSkipped} pairs were not judged.`] : [];
}

/** @returns the written files */
async function writeFiles(
  evaluation: EvaluationReport, judged: JudgedSet, size: number, { out, report, html, thumbnails }: EvaluateOptions, dependencies: EvaluationDependencies,
): Promise<string[]> {
  const pages = [...(html === undefined ? [] : [html]), ...(out === undefined ? [] : [`${out}/report.html`])];
  const written = out === undefined ? [] : await writeReport(out, evaluation);
  if (report !== undefined) {
    await writeReportJson(report, evaluation);
    written.push(report);
  }
  if (pages.length === 0) return written;
  const worst = worstPairs(evaluation.scoredPairs, evaluation.report.threshold, mostWorstPairs);
  const pictures = thumbnails ? await thumbnailsOf(worst, judged, size, dependencies) : new Map<string, Uint8Array>();
  const page = evaluationPage({ evaluation, worst, thumbnails: pictures, facts: shownFacts(evaluation.facts) });
  for (const file of pages) await writeFileAtomic(file, page);
  return [...written, ...pages];
}

async function thumbnailsOf({ falseAccepts, falseRejects }: WorstPairs, judged: JudgedSet, size: number, dependencies: EvaluationDependencies): Promise<Map<string, Uint8Array>> {
  const pictures = new Map<string, Uint8Array>();
  for (const photo of new Set([...falseAccepts, ...falseRejects].flatMap(({ a, b }) => [a, b]))) {
    const crop = await judged.cropOf(photo);
    if (crop) pictures.set(photo, await dependencies.thumbnail(crop, size));
  }
  return pictures;
}

function shownFacts(facts: Readonly<Record<string, unknown>>): [string, string][] {
  const names: readonly (readonly [key: string, name: string])[] = [
    ['model', 'Model'], ['photosFolder', 'Photos'], ['dataset', 'Dataset'], ['verificationSet', 'Verification set'], ['pairList', 'Pair list'],
    ['fingerprint', 'Fingerprint of the data'], ['photos', 'Photos in the pairs'], ['people', 'People in the pairs'], ['pairsSkipped', 'Pairs without a face'], ['flip', 'Mirrored face added'],
    ['toolVersion', 'Version of MobileFaceNet Studio'],
  ];
  return names.flatMap(([key, name]): [string, string][] => {
    const value = facts[key];
    return value === undefined || value === null ? [] : [[name, typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value)]];
  });
}
