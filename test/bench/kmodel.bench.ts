/**
 * `npm run bench -- kmodel [--only simulator,inspect,fuzz,accuracy,convert] [--photos N] [--rounds N] [--minutes N] [--seed N]
 * [--models <folder>]`: what the compiler and the simulator of the K210 promise, what is seen of it here, and whether that is enough.
 * Accuracy and conversion are measured on trained networks, which take half an hour to train where the folder has none yet.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { measureAccuracy } from './kmodel/accuracy-section';
import { measureConversion } from './kmodel/convert-section';
import { fuzzIfThread, measureFuzzing } from './kmodel/fuzz-section';
import { measureInspection } from './kmodel/inspect-section';
import { measureSimulator } from './kmodel/simulator-section';
import type { Section } from './kmodel/section';
import { verdictOf, type Measured } from './support/measured';

const sections: Readonly<Record<string, Section>> = {
  simulator: measureSimulator,
  inspect: measureInspection,
  fuzz: measureFuzzing,
  accuracy: measureAccuracy,
  convert: measureConversion,
};

async function main(): Promise<void> {
  if (fuzzIfThread()) return;
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: Object.keys(sections).join() }, photos: { type: 'string', default: '40' }, rounds: { type: 'string', default: '3' },
      minutes: { type: 'string', default: '1' }, seed: { type: 'string', default: '1' }, models: { type: 'string', default: path.join('.cache', 'bench', 'kmodel-models') },
    },
  });
  const number = (name: 'photos' | 'rounds' | 'minutes' | 'seed'): number => positive(values[name], `--${name}`);
  const options = { photos: number('photos'), rounds: number('rounds'), minutes: number('minutes'), seed: number('seed'), models: path.resolve(values.models) };
  const measured: Measured[] = [];
  for (const name of values.only.split(',')) {
    const measure = sections[name];
    if (!measure) throw new Error(`--only knows ${Object.keys(sections).join(', ')}, not ${name}`);
    measured.push(...(await measure(options)));
  }
  process.stdout.write(`${JSON.stringify(measured.map(verdictOf))}\n`);
}

function positive(text: string, option: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`${option} takes numbers above 0, not ${text}`);
  return value;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
