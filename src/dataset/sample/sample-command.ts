import type { Command } from 'commander';
import type { CommandRunner } from '../../base/command';
import { UserError } from '../../base/user-error';
import { defaultSample, generateSample } from './sample-writer';

/** `sample DIR`: writes pictures of invented people to try the product with. */
export function registerSampleCommand(program: Command, run: CommandRunner): void {
  const command = program
    .command('sample')
    .description('Write drawn pictures of invented people to try everything with')
    .argument('<dir>', 'folder to write; it must be new, empty or hold the same sample')
    .option('--identities <n>', 'number of people', String(defaultSample.identities))
    .option('--photos <n>', 'pictures of each', String(defaultSample.photosPerIdentity))
    .option('--seed <n>', 'seed of people and pictures', String(defaultSample.seed));
  run(command, async (args, options, context) => {
    const folder = args[0] ?? '';
    const record = await generateSample({
      folder,
      identities: wholeNumber(options, 'identities'),
      photosPerIdentity: wholeNumber(options, 'photos'),
      seed: wholeNumber(options, 'seed'),
      progress: context.progress,
      signal: context.signal,
    });
    const photos = record.identities * record.photosPerIdentity;
    return {
      result: { folder, photos, ...record },
      text: `${folder}: ${photos} pictures of ${record.identities} invented people.`,
    };
  });
}

function wholeNumber(options: Record<string, unknown>, name: string): number {
  const text = String(options[name]);
  if (/^-?\d{1,9}$/.test(text)) return Number(text);
  throw new UserError(`--${name} is "${text}", which is not a whole number.`, `Give a whole number, e.g. --${name} 24.`);
}
