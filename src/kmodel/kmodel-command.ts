import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import * as z from 'zod';
import type { CommandContext, CommandResult, CommandRunner } from '../base/command';
import { wholeNumber } from '../base/option-parsers';
import { errorText, throwIfCancelled, UserError } from '../base/user-error';
import type { InputNormalization } from '../network/formats/import/input-normalization';
import { inputNormalization, normalizationHelp } from '../network/formats/import/normalization-option';
import type { KmodelInspection } from '../protocol/kmodel-inspection';
import { inspectProgram, inspectProgramV4, type KmodelReport } from './inspect';
import type { KmodelDependencies } from './kmodel-dependencies';
import { kmodelFactsFile, readKmodelFacts, type KmodelFacts } from './kmodel-facts';
import { readKmodelFile } from './read-kmodel';
import { factsOfLayer, reportText } from './report-text';
import { PhotoRunner } from './run-photos';

/** Values of an output that the readable result shows. */
const shownValues = 8;
const defaultFaces = 100;

const inspectOptionsSchema = z.object({ compare: z.string().optional(), photos: z.string().optional(), faces: z.number(), aligned: z.literal(true).optional(), normalize: z.custom<InputNormalization>().optional() });

/** Adds `kmodel inspect` and `kmodel run`. */
export function registerKmodelCommands(program: Command, run: CommandRunner, dependencies: KmodelDependencies): void {
  const kmodel = program.command('kmodel').description('look into compiled models of the K210, and run them without a board');
  run(
    kmodel.command('inspect')
      .argument('<file>', '.kmodel file of version 3 or 4')
      .description('show layers, quantization, memory, estimated time on the chip, and which firmware loads it')
      .option('--compare <model>', 'a run, model folder or model file: how well the embeddings agree with its own; needs --photos')
      .option('--photos <folder>', 'a dataset, or photos as <folder>/<person>/<photo>, to compare on')
      .option('--faces <n>', 'how many of them to use', wholeNumber(1, 10_000), defaultFaces)
      .option('--aligned', 'the photos are aligned crops already')
      .option('--normalize <form>', normalizationHelp, inputNormalization),
    ([file = ''], raw, context) => inspect(file, inspectOptionsSchema.parse(raw), dependencies, context),
  );
  run(
    kmodel.command('run')
      .argument('<file>', '.kmodel file of version 3')
      .argument('<photos...>', 'photos; each is resized to cover the model\'s input')
      .description('run photos through the model in a simulator that computes as the chip does, bit by bit')
      .option('--align', 'find the face in each photo and align it first'),
    ([file = '', ...photos], { align }, context) => runPhotos(file, photos, align === true, dependencies, context),
  );
}

async function inspect(file: string, { compare, photos, faces, aligned, normalize: normalization }: z.infer<typeof inspectOptionsSchema>, dependencies: KmodelDependencies, context: CommandContext): Promise<CommandResult> {
  if ((compare === undefined) !== (photos === undefined)) throw new UserError(`--${compare === undefined ? 'photos' : 'compare'} is given without --${compare === undefined ? 'compare' : 'photos'}.`, 'Give both, or neither.');
  const { kmodel, fileBytes } = await readKmodelFile(file);
  const report = kmodel.version === 3 ? inspectProgram(kmodel.program, fileBytes) : inspectProgramV4(kmodel.program, fileBytes);
  const { facts, problem } = await factsBeside(file, report);
  if (problem !== undefined) context.notice(problem);
  const comparison = compare === undefined || photos === undefined ? undefined : { model: compare, photos, ...agreementOf(await dependencies.compareEmbeddings({ file, model: compare, normalization, photos, faces, aligned: aligned === true }, context)) };
  return {
    result: {
      file, ...report, layers: report.layers.map((row) => ({ ...factsOfLayer(facts, row), ...row })),
      ...(facts ? { facts: kmodelFactsFile(file), source: facts.source, agreement: facts.agreement, embeddingLength: facts.embeddingLength, ...(facts.threshold === undefined ? {} : { threshold: facts.threshold }) } : {}),
      ...(problem === undefined ? {} : { factsProblem: problem }), ...(comparison ? { comparison } : {}),
    } satisfies KmodelInspection & Record<string, unknown>,
    text: reportText(file, report, { program: kmodel.version === 3 ? kmodel.program : undefined, facts, comparison }),
  };
}

/** The facts beside a model, or a sentence why they cannot be used; neither where there are none. */
async function factsBeside(file: string, { layers }: KmodelReport): Promise<{ readonly facts?: KmodelFacts; readonly problem?: string }> {
  if (!existsSync(kmodelFactsFile(file))) return {};
  try {
    const facts = await readKmodelFacts(file);
    const fits = facts.layers.length === layers.length && facts.layers.every(({ kind }, index) => kind === layers[index]?.kind);
    return fits ? { facts } : { problem: `${kmodelFactsFile(file)} describes another model: its layers differ.` };
  } catch (error) {
    return { problem: errorText(error) };
  }
}

function agreementOf(cosines: ArrayLike<number>): { readonly faces: number; readonly meanCosine: number; readonly leastCosine: number } {
  const all = Array.from(cosines);
  return { faces: all.length, meanCosine: all.reduce((sum, value) => sum + value, 0) / all.length, leastCosine: Math.min(...all) };
}

async function runPhotos(file: string, photos: readonly string[], align: boolean, dependencies: KmodelDependencies, { progress, signal }: CommandContext): Promise<CommandResult> {
  const { kmodel } = await readKmodelFile(file);
  if (kmodel.version !== 3) throw new UserError(`${file} is a kmodel of version ${kmodel.version}; the simulator runs version 3.`, 'Convert the original model to version 3.');
  const runner = new PhotoRunner(kmodel.program, file, dependencies, { align, template: align ? await templateOf(file) : undefined });
  const results = [];
  for (const [index, photo] of photos.entries()) {
    throwIfCancelled(signal, 'The simulation');
    results.push(await runner.run(photo));
    progress.report({ label: 'Simulating', done: index + 1, total: photos.length, unit: 'photos' });
  }
  const text = results.flatMap(({ photo, outputs }) => outputs.map((values) => `${photo}: ${valuesText(values)}`)).join('\n');
  return { result: { file, photos: results }, text };
}

/** As the facts beside the model say; files of other converters have none. */
async function templateOf(file: string): Promise<string | undefined> {
  return existsSync(kmodelFactsFile(file)) ? (await readKmodelFacts(file)).template : undefined;
}

function valuesText(values: readonly number[]): string {
  const shown = values.slice(0, shownValues).map((value) => (Number.isInteger(value) ? String(value) : value.toFixed(4))).join(' ');
  return values.length > shownValues ? `${shown} ... (${values.length} values; all with --json)` : shown;
}
