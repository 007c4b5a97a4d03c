import { Argument, type Command } from 'commander';
import path from 'node:path';
import { writeFileAtomic } from '../../base/atomic-file';
import type { CommandContext, CommandResult, CommandRunner } from '../../base/command';
import { wholeNumber } from '../../base/option-parsers';
import { UserError } from '../../base/user-error';
import { readDatasetRecord } from '../dataset-reader';
import { checkPhotos, type PhotoFault } from './check-photos';
import { downloadPhotoSet } from './download-photo-set';
import { labelsFileName, writeLabels, type LabelName } from './labels-file';
import { openAnyDataset, sourceFormOf } from './open-any-dataset';
import { openPhotoSource, type OpenSourceOptions } from './open-photo-source';
import { publicPhotoSets } from './public-sets';
import { unpackedPairsFile, unpackVerificationSet } from './unpack-verification-bin';
import { readVerificationBin } from './verification-bin';

type Options = Record<string, unknown>;

/** Adds `dataset source`, `check`, `labels`, `download` and `unpack-bin` to the command `dataset`. */
export function registerSourceCommands(dataset: Command, run: CommandRunner): void {
  const sourceText = 'folder with one folder of photos per person, or a list of photos with labels';
  run(
    addListOptions(dataset.command('source').argument('<source>', `${sourceText}, TFRecord files, or a .bin verification set`)).description('show what a source of photos in any known form holds'),
    (args, options) => showSource(argument(args), options),
  );
  run(
    addListOptions(dataset.command('check').argument('<photos>', sourceText))
      .description('decode every photo and list those that cannot be read; nothing is changed')
      .option('--size <pixels>', 'list photos that are not square with this side, too', wholeNumber(1, 10_000))
      .option('--out <file>', 'write the list of faults to this file, one photo a line'),
    (args, options, context) => check(argument(args), options, context),
  );
  run(
    addListOptions(dataset.command('labels').argument('<source>', `${sourceText}, or a dataset`))
      .description('write the table of labels and names, instead of renaming folders to numbers')
      .option('--out <file>', 'file to write', labelsFileName),
    (args, options) => labels(argument(args), options),
  );
  run(
    dataset.command('download').addArgument(new Argument('<set>', 'public set of photos').choices(Object.keys(publicPhotoSets)))
      .description('fetch a public set of photos with its verification pairs; goes on where it was stopped')
      .requiredOption('--out <folder>', 'folder to make'),
    (args, options, context) => fetchSet(argument(args), options, context),
  );
  run(
    dataset.command('unpack-bin').argument('<file>', 'verification set as InsightFace publishes them')
      .description('write a .bin verification set as pictures and a pair list')
      .requiredOption('--out <folder>', 'folder to make'),
    (args, options, context) => unpackBin(argument(args), options, context),
  );
}

function addListOptions(command: Command): Command {
  return command
    .option('--root <folder>', 'folder of the photos that a list names (default: the folder of the list)')
    .option('--labels <file>', `names of the labels (default: ${labelsFileName} beside the list or the records, if there is one)`);
}

function listOptions(options: Options): OpenSourceOptions {
  const root = options['root'] as string | undefined;
  const names = options['labels'] as string | undefined;
  return { ...(root !== undefined && { root }), ...(names !== undefined && { labels: names }) };
}

async function showSource(location: string, options: Options): Promise<CommandResult> {
  if (location.toLowerCase().endsWith('.bin')) return showVerificationSet(location);
  if ((await sourceFormOf(location)) === 'records') return showRecords(location, options);
  const source = await openPhotoSource(location, listOptions(options));
  const { kind, root, identities, photoCount, landmarks, pairsFile, remarks } = source;
  const lines = [
    `${kind}: ${photoCount} photos of ${identities.length} people in ${root}`,
    ...(landmarks.size > 0 ? [`landmarks of ${landmarks.size} photos are known`] : []),
    ...(pairsFile === undefined ? [] : [`verification pairs: ${pairsFile}`]),
    ...remarks,
  ];
  const people = identities.map(({ name, label, photos }) => ({ name, label, photos: photos.length }));
  return { result: { kind, root, photosFound: photoCount, identities: identities.length, knownLandmarks: landmarks.size, pairsFile, remarks, people }, text: lines.join('\n') };
}

async function showVerificationSet(file: string): Promise<CommandResult> {
  const { pictures, pairs } = await readVerificationBin(file);
  const samePairs = pairs.same.reduce((sum, same) => sum + same, 0);
  return {
    result: { kind: 'verification-set', pictures: pictures.length, pairs: pairs.same.length, samePairs, folds: pairs.folds },
    text: `verification set: ${pairs.same.length} pairs (${samePairs} of the same person) of ${pictures.length} pictures in ${file}`,
  };
}

async function showRecords(location: string, options: Options): Promise<CommandResult> {
  const { labels: names } = listOptions(options);
  const dataset = await openAnyDataset(location, { holdOut: { kind: 'count', count: 0 }, ...(names !== undefined && { labels: names }) });
  try {
    const { images, identities, imageSize, shards, fingerprint } = dataset.record;
    return {
      result: { kind: 'records', images, identities: identities.length, imageSize, shards, fingerprint, people: identities.map(({ name, images: count }) => ({ name, photos: count })) },
      text: `records: ${images} images of ${identities.length} people, ${imageSize} x ${imageSize} pixels, in ${shards.length} files`,
    };
  } finally {
    dataset.close();
  }
}

async function check(location: string, options: Options, context: CommandContext): Promise<CommandResult> {
  const size = options['size'] as number | undefined;
  const out = options['out'] as string | undefined;
  const source = await openPhotoSource(location, listOptions(options));
  const { checked, faults } = await checkPhotos(source, { ...context, ...(size !== undefined && { size }) });
  if (out !== undefined) await writeFileAtomic(out, faults.map((fault) => `${describeFault(fault)}\n`).join(''));
  const unreadable = faults.filter(({ kind }) => kind === 'unreadable').length;
  const lines = [
    `${checked} photos checked: ${unreadable} cannot be read${size === undefined ? '' : `, ${faults.length - unreadable} are not ${size} x ${size} pixels`}`,
    ...faults.map(describeFault),
    ...source.remarks,
  ];
  return { result: { checked, unreadable, wrongSize: faults.length - unreadable, faults, remarks: source.remarks }, text: lines.join('\n') };
}

function describeFault({ photo, why }: PhotoFault): string {
  return `${photo}\t# ${why}`;
}

async function labels(location: string, options: Options): Promise<CommandResult> {
  const out = options['out'] as string;
  const names = await namesOf(location, options);
  await writeLabels(out, names);
  return { result: { labels: out, identities: names.length }, text: `${names.length} labels written to ${out}` };
}

/** Names by label; of a dataset those of all identities, those held out among them. */
async function namesOf(location: string, options: Options): Promise<readonly LabelName[]> {
  const form = await sourceFormOf(location);
  if (form === 'records') throw new UserError(`${location} holds TFRecord files, which have no names.`, 'Name the photos or the dataset that they were made of.');
  if (form === 'photos') return (await openPhotoSource(location, listOptions(options))).identities;
  return (await readDatasetRecord(location)).identities.map(({ name }, label) => ({ label, name }));
}

async function fetchSet(name: string, options: Options, context: CommandContext): Promise<CommandResult> {
  const set = publicPhotoSets[name];
  if (!set) throw new UserError(`There is no public set "${name}".`, `Choose one of ${Object.keys(publicPhotoSets).join(', ')}.`);
  const fetched = await downloadPhotoSet(set, { ...context, out: options['out'] as string });
  const text = [`${set.title} (${set.terms})`, `${fetched.photoCount} photos of ${fetched.identities} people in ${fetched.photos}`, `verification pairs in ${fetched.pairsFile}`];
  return { result: { ...fetched }, text: text.join('\n') };
}

async function unpackBin(file: string, options: Options, context: CommandContext): Promise<CommandResult> {
  const out = options['out'] as string;
  const set = await readVerificationBin(file);
  await unpackVerificationSet(set, out, context);
  const pairsFile = path.join(out, unpackedPairsFile);
  return {
    result: { photos: out, pairsFile, pairs: set.pairs.same.length, pictures: set.pictures.length },
    text: `${set.pairs.same.length} pairs written to ${pairsFile}, ${set.pictures.length} pictures beside it`,
  };
}

function argument(args: readonly string[]): string {
  const [value] = args;
  if (value === undefined) throw new UserError('An argument is missing.', 'See `--help`.');
  return value;
}
