import path from 'node:path';
import type { Command } from 'commander';
import type { CommandResult, CommandRunner } from '../base/command';
import { wholeNumber } from '../base/option-parsers';
import { holdOutArgument } from '../dataset/dataset-command';
import type { VerificationSummary } from '../protocol/run';
import { runJourney, type JourneyOptions, type JourneyResult } from './journey';

export function registerJourneyCommand(program: Command, run: CommandRunner): void {
  const command = program
    .command('journey')
    .description('The whole way: photos (or the drawn sample) to a verified face model. Run it again to continue.')
    .option('--photos <folder>', 'one folder of photos per person; without it, the drawn sample')
    .option('--out <folder>', 'where dataset and runs go (default: out/<name of the photos>)')
    .option('--epochs <n>', 'passes over the images for each head', wholeNumber(1, 10_000))
    .option('--hold-out <n>', 'people that are kept for verification: a number, or a share such as 0.15', holdOutArgument)
    .option('--seed <n>', 'seed of weights, split and data order', wholeNumber(0, 2 ** 31 - 1));
  run(command, async (_args, raw, context) => {
    const options = withOutFolder(raw as Partial<JourneyOptions>);
    return describe(options, await runJourney(options, context));
  });
}

function withOutFolder(options: Partial<JourneyOptions>): JourneyOptions {
  const name = options.photos === undefined ? 'sample' : path.basename(path.resolve(options.photos));
  return { ...options, out: path.resolve(options.out ?? path.join('out', name)) };
}

function describe({ out }: JourneyOptions, result: JourneyResult): CommandResult {
  const { engine, dataset, softmax, arcface } = result;
  const rows: (readonly [string, VerificationSummary | undefined])[] = [
    ['untrained network', softmax.initialVerification],
    ['after softmax', softmax.result?.verification],
    ['after ArcFace', arcface.result?.verification],
  ];
  const table = rows.flatMap(([name, summary]) => (summary ? [verificationRow(name, summary)] : []));
  const lines = [
    '',
    `Engine     ${engine.kind === 'native' ? `TensorFlow ${engine.version}` : 'WebAssembly fallback: slow, for trying only (see `mobilefacenet engine status`)'}`,
    `Dataset    ${dataset}: ${softmax.images} images of ${softmax.identities} people, ${softmax.heldOutIdentities} more people held out`,
    `Softmax    loss ${lossOf(softmax)}, ${speedOf(softmax)}`,
    `ArcFace    loss ${lossOf(arcface)}, ${speedOf(arcface)}`,
    '',
    ...(table.length > 0 ? ['Verification on the held-out people:', verificationHeader, ...table, ''] : []),
    `The model is ${path.join(out, 'runs', 'arcface', 'model', 'best')}. Open ${out} in VS Code with MobileFaceNet Studio to see the curves.`,
    'To train on your own photos: npm start -- --photos DIR (one folder per person).',
  ];
  return { result: { out, engine: engine.kind, dataset, softmax, arcface }, text: lines.join('\n') };
}

const verificationHeader = `  ${''.padEnd(20)}accuracy        AUC     EER`;

function verificationRow(name: string, { accuracy, accuracyDeviation, auc, eer }: VerificationSummary): string {
  const percent = (value: number): string => `${(value * 100).toFixed(1)} %`;
  return `  ${name.padEnd(20)}${`${percent(accuracy)} ± ${(accuracyDeviation * 100).toFixed(1)}`.padEnd(16)}${auc.toFixed(4)}  ${percent(eer)}`;
}

function lossOf({ result }: JourneyResult['softmax']): string {
  return result ? `${result.firstLoss.toFixed(2)} → ${result.lastLoss.toFixed(2)}` : 'unknown';
}

function speedOf({ result }: JourneyResult['softmax']): string {
  return result ? `${result.imagesPerSecond.toFixed(0)} images/s` : '';
}
