import { Option, type Command } from 'commander';
import { writeFileAtomic } from '../base/atomic-file';
import type { CommandResult, CommandRunner } from '../base/command';
import { wholeNumber } from '../base/option-parsers';
import { UserError } from '../base/user-error';
import { holdOutArgument } from './dataset-command';
import { readDatasetRecord } from './dataset-reader';
import { chooseHeldOut, type HoldOutWish, type IdentityImages } from './hold-out';
import { sourceFormOf } from './sources/open-any-dataset';
import { openPhotoSource } from './sources/open-photo-source';

/** Adds `split` to the command `dataset`. */
export function registerSplitCommand(dataset: Command, run: CommandRunner): void {
  const command = dataset
    .command('split')
    .argument('<source>', 'folder with one folder of photos per person, a list of photos with labels, or a dataset')
    .description('draw people who are kept for verification, and write their names for `dataset prepare --hold-out-names`; nobody is in both parts')
    .addOption(new Option('--hold-out <number|share>', 'people to keep for verification, e.g. 12 or 0.15 (default: 15 %, none below 6 people)').argParser(holdOutArgument))
    .option('--seed <number>', 'decides who they are', wholeNumber(0, 2 ** 31 - 1), 0)
    .requiredOption('--out <file>', 'list to write: the people held out, one a line')
    .option('--training-out <file>', 'the same of the people who are left for training');
  run(command, async ([source = ''], options) => split(source, options));
}

async function split(source: string, options: Record<string, unknown>): Promise<CommandResult> {
  const { out, trainingOut, seed } = options as { out: string; trainingOut?: string; seed: number };
  const people = await peopleOf(source);
  const chosen = chooseHeldOut(people, (options['holdOut'] as HoldOutWish | undefined) ?? { kind: 'default' }, seed);
  const heldOut = people.filter(({ name }) => chosen.has(name));
  const training = people.filter(({ name }) => !chosen.has(name));
  await writeNames(out, heldOut);
  if (trainingOut !== undefined) await writeNames(trainingOut, training);
  const imagesOf = (part: readonly IdentityImages[]): number => part.reduce((sum, { images }) => sum + images, 0);
  return {
    result: {
      source, seed, heldOut: out, trainingList: trainingOut ?? null, heldOutNames: heldOut.map(({ name }) => name), heldOutIdentities: heldOut.length, heldOutImages: imagesOf(heldOut),
      trainingIdentities: training.length, trainingImages: imagesOf(training),
    },
    text: `${heldOut.length} people with ${imagesOf(heldOut)} images held out in ${out}; ${training.length} people with ${imagesOf(training)} images are left for training`,
  };
}

async function peopleOf(source: string): Promise<IdentityImages[]> {
  const form = await sourceFormOf(source);
  if (form === 'records') throw new UserError(`${source} holds TFRecord files, which have no names.`, 'Name the photos or the dataset that they were made of.');
  if (form === 'dataset') return (await readDatasetRecord(source)).identities.map(({ name, images }) => ({ name, images }));
  return (await openPhotoSource(source)).identities.map(({ name, photos }) => ({ name, images: photos.length }));
}

function writeNames(file: string, people: readonly IdentityImages[]): Promise<void> {
  return writeFileAtomic(file, people.map(({ name }) => `${name}\n`).join(''));
}
