import { templateNames, type TemplateName } from './align';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { wholeNumber } from '../base/option-parsers';
import type { CommandContext, CommandResult, CommandRunner } from '../base/command';
import { UserError } from '../base/user-error';
import { describeCrops, parseCropRule } from './crop-rule';
import type { PrepareReport } from './dataset-artifact';
import { openDataset } from './dataset-reader';
import { severalFacesRules, type SeveralFacesRule } from './detection/choose-face';
import { defaultWorkerCount } from './detection/detector-pool';
import { detectorNames, type DetectorName } from './detection/face-detector';
import { readQuality } from './dataset-report';
import { parseHoldOut, readHoldOutNames, type HoldOutWish } from './hold-out';
import { defaultPolicy, policyHelp, registerPolicyCommand } from './policy/policy-command';
import { readPolicy } from './policy/read-policy';
import { prepareDataset, type PrepareOptions } from './prepare';
import { openRemoteCrops } from './remote/open-remote-crops';
import { addQualityOptions, qualityOf } from './quality/quality-options';
import { summaryLines } from './quality/measure-summary';
import { describeProblem, scanPhotos } from './scan';

/** Adds `dataset scan`, `dataset policy`, `dataset prepare` and `dataset inspect`. @returns the command `dataset`, for further ones */
export function registerDatasetCommands(program: Command, run: CommandRunner): Command {
  const dataset = program.command('dataset').description('make training data from photos');
  run(
    dataset.command('scan').argument('<photos>', 'folder with one folder of photos per person').description('list what a photo folder holds, without looking for faces'),
    (args) => scan(argument(args, 0)),
  );
  registerPolicyCommand(dataset, run);
  run(addPrepareOptions(dataset.command('prepare')), prepare);
  run(
    dataset.command('inspect').argument('<dataset>', 'dataset folder').description('show what a dataset holds, and check that its parts belong together'),
    (args) => inspect(argument(args, 0)),
  );
  return dataset;
}

/** More than this are only counted on the screen. */
const shownRemarks = 20;

function addPrepareOptions(command: Command): Command {
  return addQualityOptions(command
    .argument('[photos]', 'folder with one folder of photos per person, or a list of photos with labels')
    .description('find and align one face per photo and write the crops as TFRecord files')
    .requiredOption('--out <dataset>', 'dataset folder to make')
    .option('--list <file>', 'list of photos with labels, "path label" on each line; PHOTOS is then the folder that it names photos of')
    .option('--root <folder>', 'folder of the photos that a list names (default: the folder of the list)')
    .option('--labels <file>', 'names of a list\'s labels (default: labels.csv beside the list, if there is one)')
    .option('--size <pixels>', 'side of the square crops', wholeNumber(16, 512), 112)
    .option('--seed <number>', 'decides held-out people and the order of records', wholeNumber(0, 2 ** 31 - 1), 0)
    .addOption(new Option('--hold-out <number|share>', 'people kept for verification, never trained on, e.g. 12 or 0.15 (default: 15 %, none below 6 people)').argParser(holdOutArgument).conflicts('holdOutNames'))
    .option('--hold-out-names <file>', 'names of the people kept for verification, one per line')
    .option('--workers <number>', 'detector processes', wholeNumber(1, 64), defaultWorkerCount())
    .addOption(new Option('--redis <url>', 'leave finding faces to the workers (`mobilefacenet worker`) at this Redis or Valkey server, redis://user:password@host:port').conflicts('workers'))
    .option('--crop <rule>', 'similarity: align by landmarks; fixed-box, a name or left,top,right,bottom: cut the same box from every photo', 'similarity')
    .addOption(new Option('--template <name>', 'where the landmarks come to lie: ArcFace\'s places, or those of the original project').choices(templateNames).default(templateNames[0]))
    .option('--detect', 'detect faces even where the photo folder has known landmarks (landmarks.jsonl)')
    .addOption(new Option('--detector <name>', 'library whose networks find the faces; human is slower, and best with one large face in a photo').choices(detectorNames).default(detectorNames[0]))
    .addOption(new Option('--several-faces <rule>', 'which face of a photo with several').choices(severalFacesRules).default('centre'))
    .option('--min-face <pixels>', 'leave out faces that are smaller in the photo', wholeNumber(1, 10_000), 24)
    .option('--min-images <number>', 'leave out people with fewer images', wholeNumber(1, 1_000_000), 1)
    .option('--policy <name|file>', policyHelp, defaultPolicy)
    .option('--leave-out <file>', 'list of photos to leave out (default: leave-out.txt in the photo folder, as `dataset audit --quarantine` writes it)')
    .option('--overwrite', 'replace an existing dataset')
    .option('--fresh', 'begin again instead of continuing a run that was interrupted'));
}

async function scan(photos: string): Promise<CommandResult> {
  const folder = await scanPhotos(photos);
  const counts = folder.identities.map((identity) => identity.photos.length);
  const fewest = Math.min(...counts);
  const most = Math.max(...counts);
  const lines = [
    `${folder.photoCount} photos of ${folder.identities.length} people in ${photos} (${fewest} to ${most} each)`,
    ...(folder.ignoredFiles > 0 ? [`${folder.ignoredFiles} other files ignored`] : []),
    ...folder.problems.map(describeProblem),
    ...(folder.emptyFolders.length > 0 ? [`${folder.emptyFolders.length} folders without photos: ${someOf(folder.emptyFolders)}`] : []),
  ];
  const identities = folder.identities.map(({ name, photos: files }) => ({ name, photos: files.length }));
  return {
    result: { photosFound: folder.photoCount, identities: identities.length, ignoredFiles: folder.ignoredFiles, emptyFolders: folder.emptyFolders, people: identities },
    text: lines.join('\n'),
  };
}

async function prepare(args: readonly string[], options: Record<string, unknown>, context: CommandContext): Promise<CommandResult> {
  const out = options['out'] as string;
  const redis = options['redis'] as string | undefined;
  const { record, report } = await prepareDataset({
    ...sourceOf(args[0], options),
    crop: parseCropRule(options['crop'] as string, options['template'] as TemplateName),
    out,
    size: options['size'] as number,
    seed: options['seed'] as number,
    holdOut: await holdOutOf(options),
    workers: options['workers'] as number,
    ...(redis !== undefined && { crops: await openRemoteCrops(redis, process.env, context.notice) }),
    detect: options['detect'] === true,
    detector: options['detector'] as DetectorName,
    severalFaces: options['severalFaces'] as SeveralFacesRule,
    minFacePixels: options['minFace'] as number,
    minImages: options['minImages'] as number,
    quality: qualityOf(options),
    policy: await readPolicy(options['policy'] as string),
    ...(typeof options['leaveOut'] === 'string' ? { leaveOut: options['leaveOut'] } : {}),
    overwrite: options['overwrite'] === true,
    fresh: options['fresh'] === true,
    progress: context.progress,
    signal: context.signal,
  });
  const heldOutIdentities = record.identities.filter((identity) => identity.heldOut).map((identity) => identity.name);
  const { photosFound, facesFound, imagesWritten, photosPerSecond, seconds, foundBy, droppedIdentities, resumedPhotos = 0, policy, passedOver = [], quality } = report;
  const dropped = countReasons(report);
  const lines = [
    `${facesFound} faces found in ${photosFound} photos (${photosPerSecond.toFixed(1)} photos/s)`,
    ...Object.entries(dropped).map(([reason, count]) => `${count} photos left out: ${reason}`),
    ...passedOver.slice(0, shownRemarks),
    ...(passedOver.length > shownRemarks ? [`${passedOver.length - shownRemarks} more were passed over: see report.json`] : []),
    ...(resumedPhotos > 0 ? [`${resumedPhotos} photos taken over from an interrupted run`] : []),
    ...(droppedIdentities.length > 0 ? [`${droppedIdentities.length} people left out, without enough images: ${someOf(droppedIdentities)}`] : []),
    ...Object.entries(policy?.copies ?? {}).map(([operation, count]) => `${count} copies added: ${operation}`),
    `${imagesWritten} images of ${record.identities.length} people written to ${out}, ${heldOutIdentities.length} people held out for verification`,
  ];
  return {
    result: {
      dataset: out, photosFound, facesFound, imagesWritten, identities: record.identities.length, heldOutIdentities: heldOutIdentities.length,
      heldOutNames: heldOutIdentities, photosPerSecond, seconds, foundBy, dropped, droppedIdentities, passedOver, resumedPhotos, policy, template: record.template, quality, landmarks: record.landmarks, fingerprint: record.fingerprint,
    },
    text: lines.join('\n'),
  };
}

/** What is prepared: a folder, or a list with the folder of its photos. */
function sourceOf(photos: string | undefined, options: Record<string, unknown>): Pick<PrepareOptions, 'photos' | 'root' | 'labels'> {
  const list = options['list'] as string | undefined;
  const root = options['root'] as string | undefined;
  const labels = options['labels'] as string | undefined;
  if (list !== undefined && photos !== undefined && root !== undefined) throw new UserError('The folder of the photos is given twice, as PHOTOS and as --root.', 'Leave one of them out.');
  const source = list ?? photos;
  if (source === undefined) throw new UserError('No photos are named.', 'Give a folder of photos, or a list with --list.');
  const folder = list === undefined ? root : (photos ?? root);
  return { photos: source, ...(folder !== undefined && { root: folder }), ...(labels !== undefined && { labels }) };
}

async function inspect(folder: string): Promise<CommandResult> {
  const dataset = await openDataset(folder);
  try {
    const { record, count, trainingIdentities, heldOut } = dataset;
    const quality = await readQuality(folder);
    const heldOutImages = heldOut.reduce((sum, identity) => sum + identity.records.length, 0);
    const lines = [
      `${record.images} images of ${record.identities.length} people, ${record.imageSize} x ${record.imageSize} pixels, ${describeCrops(record)}`,
      `training: ${count} images of ${trainingIdentities.length} people`,
      `held out: ${heldOutImages} images of ${heldOut.length} people${heldOut.length > 0 ? ` (${someOf(heldOut.map(({ identity }) => identity))})` : ''}`,
      `${record.shards.length} record files, seed ${record.seed}, made ${record.createdAt} with version ${record.toolVersion}`,
      ...(quality ? summaryLines(quality) : []),
      `fingerprint ${record.fingerprint}`,
    ];
    return {
      result: {
        dataset: folder, images: record.images, identities: record.identities.length, heldOutIdentities: heldOut.length, trainingImages: count,
        heldOutImages, heldOutNames: heldOut.map(({ identity }) => identity), imageSize: record.imageSize, template: record.template,
        landmarks: record.landmarks, seed: record.seed, shards: record.shards, fingerprint: record.fingerprint, ...(quality && { quality }),
      },
      text: lines.join('\n'),
    };
  } finally {
    dataset.close();
  }
}

async function holdOutOf(options: Record<string, unknown>): Promise<HoldOutWish> {
  const names = options['holdOutNames'] as string | undefined;
  if (names !== undefined) return readHoldOutNames(names);
  return (options['holdOut'] as HoldOutWish | undefined) ?? { kind: 'default' };
}

function countReasons({ dropped }: PrepareReport): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reason } of dropped) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

function someOf(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}

function argument(args: readonly string[], position: number): string {
  const value = args[position];
  if (value === undefined) throw new UserError('An argument is missing.', 'See `--help`.');
  return value;
}

/** Parser of `--hold-out`. */
export function holdOutArgument(text: string): HoldOutWish {
  try {
    return parseHoldOut(text);
  } catch (error) {
    throw error instanceof UserError ? new InvalidArgumentError(error.action) : error;
  }
}
