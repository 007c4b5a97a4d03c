import path from 'node:path';
import { Option, type Command } from 'commander';
import * as z from 'zod';
import type { CommandContext, CommandResult, CommandRunner } from '../base/command';
import { numberWithin } from '../base/option-parsers';
import type { EvaluationDependencies } from '../evaluation/evaluation-dependencies';
import { readModel } from '../evaluation/model-embedder';
import { exportFormats, exportModel, leastCalibrationFaces, type ExportFormat } from '../network/formats/export-model';
import type { InputNormalization } from '../network/formats/import/input-normalization';
import { inputNormalization, normalizationHelp } from '../network/formats/import/normalization-option';
import { calibrationCrops } from './calibration-crops';
import { addCalibrationOptions, calibrationFields } from './calibration-options';
import type { LazyEngine } from './lazy-engine';

const optionsSchema = z.object({
  format: z.enum(exportFormats),
  out: z.string(),
  ...calibrationFields,
  percentile: z.number(),
  io: z.enum(['int8', 'float32']),
  normalize: z.custom<InputNormalization>().optional(),
  overwrite: z.literal(true).optional(),
});
type ExportCommandOptions = z.infer<typeof optionsSchema>;

/** Nearer to the float model than the whole range: on 30 LFW faces and a trained k210-s, mean cosine 0.996 against 0.993. */
const defaultPercentile = 99.99;

/** Registers `export`. */
export function registerExportCommand(program: Command, run: CommandRunner, dependencies: EvaluationDependencies, engine: LazyEngine): void {
  const command = program
    .command('export')
    .description('write a model in another format: TensorFlow.js, Keras, TensorFlow Lite (float, dynamic range, int8), ONNX, SavedModel')
    .argument('<model>', 'a run, a model folder, or a model file that `import` reads')
    .addOption(new Option('--format <format>', 'format to write').choices(exportFormats).makeOptionMandatory())
    .requiredOption('--out <path>', 'file to write (for tfjs and savedmodel: folder)');
  addCalibrationOptions(command, { fewest: leastCalibrationFaces, onlyFor: 'tflite-int8' })
    .option('--percentile <p>', 'tflite-int8: share of a layer\'s values in percent that its range must hold; 100 is smallest to largest', numberWithin(90, 100), defaultPercentile)
    .addOption(new Option('--io <type>', 'tflite-int8: what goes in and comes out').choices(['int8', 'float32']).default('int8'))
    .option('--normalize <form>', normalizationHelp, inputNormalization)
    .option('--overwrite', 'replace what is at --out');
  run(command, async ([model = ''], raw, context) => exportCommand(model, optionsSchema.parse(raw), context, dependencies, engine));
}

async function exportCommand(
  modelName: string, options: ExportCommandOptions, context: CommandContext, dependencies: EvaluationDependencies, engine: LazyEngine,
): Promise<CommandResult> {
  const { format, calibrate, percentile, io, overwrite = false } = options;
  const out = path.resolve(options.out);
  const model = await readModel(modelName, options.normalize);
  const loadCrops = (): Promise<readonly Uint8Array[]> => calibrationCrops({ folder: calibrate ?? '', form: model.record, faces: options.faces, aligned: options.aligned ?? false }, context, dependencies, engine);
  const calibration = calibrate === undefined ? {} : { calibration: { percentile, loadCrops, openRunner: () => engine.get() } };
  const { sideCar, facesUsed } = await exportModel(model, { format, out, overwrite, io, progress: context.progress, signal: context.signal, ...calibration });
  const { imageSize, embeddingLength, normalization, threshold } = model.record;
  const input = inputConvention(format, imageSize, io);
  const pixels = `RGB, each pixel (value - ${normalization.mean}) / ${normalization.deviation}`;
  const lines = [
    `Written: ${out}${facesUsed === undefined ? '' : ` (calibrated on ${facesUsed} faces)`}`,
    `Facts:   ${sideCar}`,
    `Input:   ${input}, ${pixels}`,
    `Output:  embedding of length ${embeddingLength}, not L2-normalised; compare by cosine${threshold === undefined ? '' : `, same person from ${threshold.toFixed(4)}`}`,
  ];
  return {
    result: { model: modelName, format, out, faceJson: sideCar, input, imageSize, embeddingLength, normalization, threshold: threshold ?? null, calibrationFaces: facesUsed ?? null },
    text: lines.join('\n'),
  };
}

/** Shape and type of the input, as people write them. */
function inputConvention(format: ExportFormat, size: number, io: 'int8' | 'float32'): string {
  if (format === 'onnx') return `float32 [batch, 3, ${size}, ${size}]`;
  const type = format === 'tflite-int8' && io === 'int8' ? 'int8 (quantized as the tensor says)' : 'float32';
  return `${type} [batch, ${size}, ${size}, 3]`;
}
