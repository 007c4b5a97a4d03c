import path from 'node:path';
import type { Command } from 'commander';
import type { CommandResult, CommandRunner } from '../base/command';
import { wholeNumber } from '../base/option-parsers';
import { holdOutArgument } from '../dataset/dataset-command';
import type { EvaluationDependencies } from '../evaluation/evaluation-dependencies';
import { runJourney, type JourneyOptions, type JourneyResult } from './journey';
import { journeySummary } from './journey-summary';
import type { LazyEngine } from './lazy-engine';

export function registerJourneyCommand(program: Command, run: CommandRunner, dependencies: EvaluationDependencies, engine: LazyEngine): void {
  const command = program
    .command('journey')
    .description('The whole way: photos (or the drawn sample) to a verified face model, converted for the K210 and tried on a virtual board. Run it again to continue.')
    .option('--photos <folder>', 'one folder of photos per person; without it, the drawn sample')
    .option('--out <folder>', 'where dataset and runs go (default: out/<name of the photos>)')
    .option('--epochs <n>', 'passes over the images for each head', wholeNumber(1, 10_000))
    .option('--hold-out <n>', 'people that are kept for verification: a number, or a share such as 0.15', holdOutArgument)
    .option('--seed <n>', 'seed of weights, split and data order', wholeNumber(0, 2 ** 31 - 1));
  run(command, async (_args, raw, context) => {
    const options = withOutFolder(raw as Partial<JourneyOptions>);
    return describe(options, await runJourney(options, context, dependencies, engine));
  });
}

function withOutFolder(options: Partial<JourneyOptions>): JourneyOptions {
  const name = options.photos === undefined ? 'sample' : path.basename(path.resolve(options.photos));
  return { ...options, out: path.resolve(options.out ?? path.join('out', name)) };
}

function describe({ out }: JourneyOptions, result: JourneyResult): CommandResult {
  const { engine, dataset, softmax, arcface, kmodel, rehearsal } = result;
  const { file, converted, bytes, facts: { agreement, estimatedMs } } = kmodel;
  return {
    result: { out, engine: engine.kind, dataset, softmax, arcface, kmodel: { file, converted, bytes, agreement, estimatedMs }, board: { verified: true, ...rehearsal } },
    text: journeySummary(out, result),
  };
}
