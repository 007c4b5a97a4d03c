import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import type { CommandContext, CommandResult, CommandRunner } from '../base/command';
import { throwIfCancelled, UserError } from '../base/user-error';
import { inspectProgram, inspectProgramV4, type KmodelReport } from './inspect';
import type { KmodelDependencies } from './kmodel-dependencies';
import { kmodelFactsFile, readKmodelFacts } from './kmodel-facts';
import { readKmodelFile } from './read-kmodel';
import { PhotoRunner } from './run-photos';

/** Values of an output that the readable result shows. */
const shownValues = 8;

/** Adds `kmodel inspect` and `kmodel run`. */
export function registerKmodelCommands(program: Command, run: CommandRunner, dependencies: KmodelDependencies): void {
  const kmodel = program.command('kmodel').description('look into compiled models of the K210, and run them without a board');
  run(
    kmodel.command('inspect').argument('<file>', '.kmodel file of version 3 or 4').description('show layers, memory, estimated time on the chip, and which firmware loads it'),
    ([file = '']) => inspect(file),
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

async function inspect(file: string): Promise<CommandResult> {
  const { kmodel, fileBytes } = await readKmodelFile(file);
  const report = kmodel.version === 3 ? inspectProgram(kmodel.program, fileBytes) : inspectProgramV4(kmodel.program, fileBytes);
  return { result: { file, ...report }, text: reportText(file, report) };
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

function reportText(file: string, report: KmodelReport): string {
  const kib = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`;
  const lines = [
    `${file}: kmodel version ${report.version}, ${kib(report.fileBytes)}, ${report.weightBits}-bit weights`,
    `input ${report.input}, output ${report.outputs.join(', ')}`,
    `memory: ${kib(report.mainMemoryBytes)} work buffer${report.kpuMemoryBytes === undefined ? '' : `, ${kib(report.kpuMemoryBytes)} of the KPU's 2048 KiB`}`,
    ...(report.estimatedMs === undefined ? [] : [`estimated ${report.estimatedMs.toFixed(1)} ms at 400 MHz, ${Math.round((report.cpuShare ?? 0) * 100)} % of it on the processor (only a board can tell)`]),
    '',
    ...report.layers.map(({ index, kind, shape, parameterBytes, unit, estimatedMs }) =>
      `${String(index).padStart(4)}  ${kind.padEnd(20)} ${shape.padEnd(46)} ${kib(parameterBytes).padStart(10)}${estimatedMs === undefined ? '' : ` ${(unit ?? '').padStart(4)} ${estimatedMs.toFixed(3).padStart(8)} ms`}`),
    '',
    ...report.notes,
  ];
  return lines.join('\n');
}
