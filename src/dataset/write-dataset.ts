import path from 'node:path';
import { writeJsonAtomic } from '../base/atomic-file';
import { productVersion } from '../base/product';
import { silentProgress } from '../base/progress';
import { SeededRandom } from '../base/random';
import { throwIfCancelled, UserError } from '../base/user-error';
import { cropRuleTitle, defaultCropRule } from './crop-rule';
import type { CropTally } from './collect-crops';
import type { DatasetRecord, DropReason, PrepareReport } from './dataset-artifact';
import { datasetFileName, measuresFileName, reportFileName } from './artifact-names';
import { datasetFingerprint } from './dataset-fingerprint';
import { chooseHeldOut } from './hold-out';
import { seededPermutation } from './order';
import { countCopies, planImages, policyEffects, previewPolicy, selectPhotos, type ImagePlan, type PersonPhotos, type Selection } from './policy/image-plan';
import type { Policy } from './policy/policy';
import { RecordSource } from './policy/record-source';
import { measureNames } from './quality/face-measures';
import { summarize } from './quality/measure-summary';
import { writeMeasures } from './quality/measure-file';
import type { MeasureTable } from './quality/measure-table';
import { qualityLimits, type QualityLimitName } from './quality/quality-limits';
import type { PreparedDataset, PrepareOptions } from './prepare';
import type { ResumableSpool } from './resume/resumable-spool';
import { passedOverIn, type PhotoFolder } from './scan';
import { writeShards, type WrittenShard } from './write-shards';

/** A preparation whose crops are in the spool. */
export interface CroppedPhotos {
  readonly photos: PhotoFolder;
  /** False for photos of people whom the policy drops whatever is found: their faces were not searched for. */
  readonly isWanted: (photo: number) => boolean;
  readonly photoName: (photo: number) => string;
  readonly policy: Policy;
  readonly spool: ResumableSpool;
  readonly tally: CropTally;
  readonly table: MeasureTable;
  readonly options: PrepareOptions;
  readonly resumedPhotos: number;
  readonly startMs: number;
}

/**
 * Writes the files of a dataset from its crops. `folder` may hold shards of the same request.
 * @throws UserError when there are no crops, or the policy or the hold-out leave too few people
 */
export async function writeDataset(folder: string, cropped: CroppedPhotos): Promise<PreparedDataset> {
  const { options, policy, tally } = cropped;
  const { size = 112, seed = 0, holdOut = { kind: 'default' }, crop = defaultCropRule } = options;
  requireFaces(cropped);
  const people = groupPhotos(cropped);
  requireGoodFaces(cropped, people);
  const selection = selectPhotos(policy, people.kept, seed);
  requireSelected(policy, people.kept, selection);
  const heldOut = chooseHeldOut(selection.people.map(({ name, photoNumbers }) => ({ name, images: photoNumbers.length })), holdOut, seed);
  const plan = planImages(selection.people, heldOut, seed);
  const order = seededPermutation(new SeededRandom(seed, 'records'), plan.count);
  const shards = await writeRecords(folder, plan, order, cropped);
  await writeMeasures(path.join(folder, measuresFileName), cropped.table, plan.count, (position) => plan.photo[order[position] as number] as number);
  const identities = selection.people.map(({ name }, i) => ({ name, images: plan.imagesOf[i] ?? 0, heldOut: heldOut.has(name) }));
  const meaning = { imageSize: size, template: cropRuleTitle(crop), landmarks: landmarkNameOf(tally), seed, identities };
  const record: DatasetRecord = {
    format: 1,
    toolVersion: productVersion,
    createdAt: new Date().toISOString(),
    fingerprint: datasetFingerprint(meaning, shards.map((shard) => shard.index)),
    ...meaning,
    shards: shards.map(({ file, index }) => ({ file, records: index.count })),
    images: plan.count,
    measures: { file: measuresFileName, columns: [...measureNames] },
  };
  const report = reportOf(cropped, people, selection, plan);
  await writeJsonAtomic(path.join(folder, reportFileName), report);
  await writeJsonAtomic(path.join(folder, datasetFileName), record);
  return { record, report };
}

/** The failure of a policy that leaves too few people, in the numbers of images that it saw. */
export function policyDropsAll(policy: Policy, imageCounts: readonly number[]): UserError {
  const dropping = previewPolicy(policy, imageCounts).filter(({ images, people }) => people > 0 && images === 0);
  const rules = dropping.map(({ rule, people }) => `${people} by the rule "${rule}"`).join(', ');
  return new UserError(
    `--policy ${policy.name} drops everybody: all ${imageCounts.length} people are left out, ${rules}.`,
    'Use --policy none, add photos, or edit the rules; `mobilefacenet dataset policy PHOTOS` shows what a policy does.',
  );
}

interface GroupedPhotos {
  readonly kept: readonly PersonPhotos[];
  readonly tooSmall: readonly PersonPhotos[];
  /** People without a look at their faces; the numbers are of all their photos. */
  readonly unwanted: readonly PersonPhotos[];
}

/** Puts people by the number of their crops; photos are numbered through all of them in the order of the scan. */
function groupPhotos({ photos, isWanted, spool, tally, options: { minImages = 1 } }: CroppedPhotos): GroupedPhotos {
  const groups = { kept: [] as PersonPhotos[], tooSmall: [] as PersonPhotos[], unwanted: [] as PersonPhotos[] };
  let first = 0;
  for (const { name, photos: files } of photos.identities) {
    const numbers = files.map((_, i) => first + i);
    const photoNumbers = numbers.filter((photo) => spool.has(photo) && !tally.isDropped(photo));
    if (!isWanted(first)) groups.unwanted.push({ name, photoNumbers: numbers });
    else if (photoNumbers.length < Math.max(1, minImages)) groups.tooSmall.push({ name, photoNumbers });
    else groups.kept.push({ name, photoNumbers });
    first += files.length;
  }
  return groups;
}

async function writeRecords(folder: string, plan: ImagePlan, order: Uint32Array, { spool, photoName, options }: CroppedPhotos): Promise<WrittenShard[]> {
  const { size = 112, seed = 0, progress = silentProgress, signal } = options;
  const source = new RecordSource({ plan, spool, order, size, seed, photoName });
  const onWritten = (done: number): void => {
    throwIfCancelled(signal, 'The preparation');
    progress.report({ label: 'Writing records', done, total: plan.count, unit: 'images' });
  };
  return writeShards(folder, plan.count, (position) => source.recordAt(position), onWritten, undefined, (first, end) => source.prepare(first, end));
}

function requireFaces({ photos, tally: { foundBy, dropped } }: CroppedPhotos): void {
  if (foundBy.size > 0) return;
  const [first] = dropped;
  if (dropped.every((drop) => drop.reason === 'unreadable')) {
    throw new UserError(`None of the ${photos.photoCount} photos in ${photos.root} can be read; ${first?.photo ?? ''}: ${first?.detail ?? ''}.`, 'Use JPEG, PNG, WebP, TIFF, AVIF, PGM or PPM files.');
  }
  throw new UserError(`No face was found in any of the ${photos.photoCount} photos in ${photos.root}.`, 'Use photos that show a face from the front, at least 40 pixels wide.');
}

/** When the limits leave nobody, it must be said that they did it. */
function requireGoodFaces({ tally: { dropped }, table, options: { quality = {} } }: CroppedPhotos, people: GroupedPhotos): void {
  const poor = dropped.filter(({ reason }) => reason === 'poor-quality');
  if (people.kept.length > 0 || poor.length === 0) return;
  const limits = Object.entries(quality).map(([name, value]) => `${qualityLimits[name as QualityLimitName].option} ${value}`).join(', ');
  throw new UserError(
    `${limits} leaves too few of the ${table.count} faces: ${poor.length} are dropped; ${poor[0]?.photo ?? ''}: ${poor[0]?.detail ?? ''}.`,
    'Ask for less; `mobilefacenet dataset inspect` shows the quality of the faces of a dataset that was made without limits.',
  );
}

/** When nobody is left, it must be said that the policy did it. */
function requireSelected(policy: Policy, people: readonly PersonPhotos[], selection: Selection): void {
  if (selection.people.length > 0 || people.length === 0) return;
  throw policyDropsAll(policy, people.map(({ photoNumbers }) => photoNumbers.length));
}

function landmarkNameOf({ foundBy }: CropTally): string {
  const names = new Set([...foundBy.keys()].map((source) => (source === 'sidecar' || source === 'human' || source === 'fixed-box' ? source : 'face-api')));
  return [...names].sort().join('+');
}

function reportOf({ photos, photoName, tally, table, options: { quality = {} }, policy, resumedPhotos, startMs }: CroppedPhotos, people: GroupedPhotos, selection: Selection, plan: ImagePlan): PrepareReport {
  const seconds = (performance.now() - startMs) / 1000;
  const withReason = (photoNumbers: readonly number[], reason: DropReason) => photoNumbers.map((photo) => ({ photo: photoName(photo), reason }));
  const summary = summarize(table);
  const droppedPeople = [...people.unwanted, ...selection.droppedPeople];
  return {
    format: 1,
    photosFound: photos.photoCount,
    facesFound: [...tally.foundBy.values()].reduce((sum, count) => sum + count, 0),
    imagesWritten: plan.count,
    dropped: [
      ...tally.dropped,
      ...people.tooSmall.flatMap(({ photoNumbers }) => withReason(photoNumbers, 'identity-too-small')),
      ...droppedPeople.flatMap(({ photoNumbers }) => withReason(photoNumbers, 'identity-dropped-by-policy')),
      ...withReason(selection.unsampledPhotos, 'not-sampled'),
    ],
    passedOver: passedOverIn(photos),
    droppedIdentities: [...people.tooSmall, ...droppedPeople].map(({ name }) => name),
    seconds,
    photosPerSecond: (photos.photoCount - resumedPhotos) / seconds,
    foundBy: Object.fromEntries([...tally.foundBy].sort(([a], [b]) => (a < b ? -1 : 1))),
    resumedPhotos,
    ...(summary && { quality: { ...summary, limits: quality } }),
    policy: { name: policy.name, rules: policyEffects(policy, [...people.kept, ...people.unwanted], selection.people, plan), copies: countCopies(plan) },
  };
}
