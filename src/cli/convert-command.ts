import path from 'node:path';
import { Option, type Command } from 'commander';
import * as z from 'zod';
import type { CommandContext, CommandResult, CommandRunner } from '../base/command';
import type { EvaluationDependencies } from '../evaluation/evaluation-dependencies';
import { readModel } from '../evaluation/model-embedder';
import { slopePartsForms } from '../kmodel/compiler/arrange-slopes';
import { globalDepthwiseChoices } from '../kmodel/compiler/compile';
import { outputForms } from '../kmodel/compiler/lower-head';
import { rangeChoices } from '../kmodel/compiler/quantization';
import { checkTarget, convertModel, fewestFaces, type ConvertedModel } from '../kmodel/convert';
import { kmodelFactsFile, type KmodelFacts } from '../kmodel/kmodel-facts';
import type { InputNormalization } from '../network/formats/import/input-normalization';
import { inputNormalization, normalizationHelp } from '../network/formats/import/normalization-option';
import { calibrationCrops } from './calibration-crops';
import { addCalibrationOptions, calibrationFields } from './calibration-options';
import type { LazyEngine } from './lazy-engine';

const optionsSchema = z.object({
  out: z.string(),
  ...calibrationFields,
  calibrate: z.string(),
  weights: z.enum(['8', '16']),
  ranges: z.enum(rangeChoices),
  preluLayers: z.enum(slopePartsForms),
  globalDepthwise: z.enum(globalDepthwiseChoices),
  output: z.enum(outputForms),
  normalize: z.custom<InputNormalization>().optional(),
  overwrite: z.literal(true).optional(),
});

const worstShown = 3;

/** Registers `convert`. */
export function registerConvertCommand(program: Command, run: CommandRunner, dependencies: EvaluationDependencies, engine: LazyEngine): void {
  const command = program
    .command('convert')
    .description('compile a model for the K210 (.kmodel version 3), and measure it in a simulator against the original')
    .argument('<model>', 'a run, a model folder, or a model file that `import` reads')
    .requiredOption('--out <file>', '.kmodel file to write; what it cannot say about itself goes into a .json file beside it');
  addCalibrationOptions(command, { fewest: fewestFaces, note: 'some are kept back to judge the result' })
    .addOption(new Option('--weights <bits>', 'bits of a weight: 16 is more exact, twice as large, and not yet seen on a board').choices(['8', '16']).default('8'))
    .addOption(new Option('--ranges <criterion>', 'how a layer\'s range is chosen; auto: for each layer what fits its values best').choices(rangeChoices).default('auto'))
    .addOption(new Option('--prelu-layers <n>', 'layers of the chip that one with PReLU may become, each with five slopes; auto: as many as its slopes need').choices(slopePartsForms).default('auto'))
    .addOption(new Option('--global-depthwise <unit>', 'what computes the convolution over the whole map: the processor in floats, the KPU with mostly zeros as weights, or the KPU with 3x3 pixels at a time; auto: the smallest of the fastest').choices(globalDepthwiseChoices).default('auto'))
    .addOption(new Option('--output <form>', 'embedding of unit length, as the network gives it, or scaled to stay within 0.248 for firmware that wraps larger values').choices(outputForms).default('l2'))
    .option('--normalize <form>', normalizationHelp, inputNormalization)
    .option('--overwrite', 'replace an existing file');
  run(command, async ([model = ''], raw, context) => convertCommand(model, optionsSchema.parse(raw), context, dependencies, engine));
}

async function convertCommand(
  source: string, options: z.infer<typeof optionsSchema>, context: CommandContext, dependencies: EvaluationDependencies, engine: LazyEngine,
): Promise<CommandResult> {
  const startMs = performance.now();
  const out = path.resolve(options.out);
  const { calibrate, aligned = false, overwrite = false, ranges, output, preluLayers: slopeParts, globalDepthwise } = options;
  checkTarget(out, overwrite);
  const model = await readModel(source, options.normalize);
  const faces = await calibrationCrops({ folder: calibrate, form: model.record, faces: options.faces, aligned }, context, dependencies, engine);
  const converted = await convertModel(await engine.get(), model, {
    out, source: path.resolve(source), calibrationFolder: path.resolve(calibrate), faces, overwrite, weightBits: options.weights === '16' ? 16 : 8, ranges, slopeParts, output, globalDepthwise,
    progress: context.progress, signal: context.signal,
  });
  const cost = { seconds: (performance.now() - startMs) / 1000, peakMemoryBytes: process.resourceUsage().maxRSS * 1024 };
  return { result: { model: source, out, facts: kmodelFactsFile(out), ...cost, ...resultOf(converted) }, text: textOf(out, converted, cost) };
}

function resultOf({ facts, report }: ConvertedModel): Record<string, unknown> {
  const { fileBytes, mainMemoryBytes, kpuMemoryBytes, estimatedMs, cpuShare, notes } = report;
  return {
    ...facts.agreement, weightBits: facts.weightBits, inputTurn: facts.input.turn, calibration: facts.calibration, fileBytes, mainMemoryBytes, kpuMemoryBytes, estimatedMs, cpuShare, notes,
    slopes: facts.slopes, layers: facts.layers,
  };
}

function textOf(out: string, { facts, report }: ConvertedModel, { seconds, peakMemoryBytes }: { readonly seconds: number; readonly peakMemoryBytes: number }): string {
  const { agreement, input, calibration } = facts;
  return [
    `Written: ${out} (${(report.fileBytes / 1024).toFixed(0)} KiB, ${facts.weightBits}-bit weights) in ${seconds.toFixed(1)} s with ${(peakMemoryBytes / 2 ** 20).toFixed(0)} MiB of memory`,
    `Facts:   ${kmodelFactsFile(out)}`,
    `Agrees:  cosine to the original ${agreement.meanCosine.toFixed(4)} on average, ${agreement.leastCosine.toFixed(4)} at least, on ${agreement.faces} faces that were not used for calibration`,
    `Ranges:  ${calibration.ranges} from ${calibration.faces} faces, biases corrected, channels ${calibration.equalized === true ? 'equalized (it agreed better)' : 'not equalized (it agreed no better)'}`,
    `Worst:   ${worstLayers(facts).map(({ name, signalToNoiseDb = 0, cosine = 0 }) => `${name} ${signalToNoiseDb.toFixed(1)} dB (cosine ${cosine.toFixed(4)})`).join(', ')}`,
    ...slopeLines(facts.slopes ?? []),
    `Speed:   about ${facts.estimatedMs.toFixed(1)} ms at 400 MHz, ${Math.round((report.cpuShare ?? 0) * 100)} % of it on the processor${facts.estimatedMsWithCpuAdditions === undefined ? '' : `; ${facts.estimatedMsWithCpuAdditions.toFixed(1)} ms if that did the additions`} (estimated; only a board can tell)`,
    `Input:   ${input.size} x ${input.size} RGB, planes one after the other${input.turn === 'rotate180' ? ', the picture turned by 180 degrees (set_hmirror and set_vflip of the camera)' : ''}`,
    ...report.notes,
  ].join('\n');
}

/** One entry for each of the network's layers, the noisiest first. */
function worstLayers({ layers }: KmodelFacts): KmodelFacts['layers'] {
  const measured = layers.filter(({ signalToNoiseDb }) => signalToNoiseDb !== undefined).sort((a, b) => (a.signalToNoiseDb ?? 0) - (b.signalToNoiseDb ?? 0));
  return measured.filter(({ name }, i) => measured.findIndex((other) => other.name === name) === i).slice(0, worstShown);
}

function slopeLines(slopes: NonNullable<KmodelFacts['slopes']>): string[] {
  const changed = slopes.filter(({ signalToNoiseDb }) => signalToNoiseDb !== undefined).sort((a, b) => (a.signalToNoiseDb ?? 0) - (b.signalToNoiseDb ?? 0));
  if (slopes.length === 0) return [];
  const layers = slopes.reduce((sum, { parts }) => sum + parts, 0);
  const worst = changed[0] ? `the least exact is ${changed[0].name}, whose slopes disturb it by ${(changed[0].signalToNoiseDb ?? 0).toFixed(1)} dB below its values` : 'all slopes are exact';
  return [`PReLU:   ${slopes.length} layers as ${layers} of the chip; ${worst}`];
}
