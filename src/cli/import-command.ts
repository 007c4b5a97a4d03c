import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import * as z from 'zod';
import type { CommandContext, CommandResult, CommandRunner } from '../base/command';
import { UserError } from '../base/user-error';
import { normalizationHint, type InputNormalization } from '../network/formats/import/input-normalization';
import { inputNormalization, normalizationHelp } from '../network/formats/import/normalization-option';
import { readModelWeights } from '../network/formats/import/read-model-file';
import { inputSize } from '../network/layer-shapes';
import { writeModelFolder } from '../network/model-folder';
import { networkSize } from '../network/network-size';

const optionsSchema = z.object({
  out: z.string(),
  normalize: z.custom<InputNormalization>().optional(),
  overwrite: z.literal(true).optional(),
});
type ImportOptions = z.infer<typeof optionsSchema>;

/** Registers `import`. */
export function registerImportCommand(program: Command, run: CommandRunner): void {
  const command = program
    .command('import')
    .description('make a model folder from a Keras .h5 file (the original project\'s too), a TensorFlow.js layers model, .tflite or .onnx')
    .argument('<file>', 'file, or folder of a TensorFlow.js model')
    .requiredOption('--out <model>', 'model folder to write')
    .option('--normalize <form>', normalizationHelp, inputNormalization)
    .option('--overwrite', 'replace what is at --out');
  run(command, async ([file = ''], raw, context) => importModel(file, optionsSchema.parse(raw), context));
}

async function importModel(file: string, options: ImportOptions, { progress, notice }: CommandContext): Promise<CommandResult> {
  const out = path.resolve(options.out);
  if (existsSync(out) && options.overwrite !== true) throw new UserError(`${out} exists already.`, 'Choose another --out, or give --overwrite to replace it.');
  progress.report({ label: 'Reading weights', done: 0, total: 2, unit: 'steps' });
  const model = await readModelWeights(file, options.normalize);
  const { spec, weights, notes, facts: known = { title: path.basename(file) } } = model;
  if (model.normalizedBy === 'nobody') throw new UserError(`${file} does not say how pixels enter its network.`, normalizationHint);
  progress.report({ label: 'Writing model', done: 1, total: 2, unit: 'steps' });
  await writeModelFolder(out, spec, weights, known);
  progress.report({ label: 'Writing model', done: 2, total: 2, unit: 'steps' });
  notes.forEach(notice);
  const { macs, trainableParameters } = networkSize(spec);
  const { embeddingLength, normalization } = spec;
  const facts = { layers: spec.layers.length, imageSize: inputSize(spec), embeddingLength, parameters: trainableParameters, macs, normalization };
  return {
    result: { file, out, ...facts, notes },
    text: [
      `Written: ${out}`,
      `${facts.layers} layers, input ${facts.imageSize} x ${facts.imageSize}, embedding of length ${embeddingLength}, ${trainableParameters.toLocaleString('en')} parameters`,
      `Pixels enter as (value - ${normalization.mean}) / ${normalization.deviation}.`,
    ].join('\n'),
  };
}
