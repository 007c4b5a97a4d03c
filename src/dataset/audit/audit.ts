import path from 'node:path';
import { productVersion } from '../../base/product';
import { silentProgress, type ProgressReporter } from '../../base/progress';
import { UserError } from '../../base/user-error';
import type { InputNormalization } from '../../network/formats/import/input-normalization';
import type { AuditReport, Leakage } from './audit-artifact';
import type { AuditDependencies } from './audit-dependencies';
import { classBalance } from './class-balance';
import { duplicateGroups, leakedPictures, type GroupContext } from './duplicate-groups';
import { CopyTest, findCopies, type CopyLimits } from './find-copies';
import { judgeFaces, type Judgement } from './judge-faces';
import { labelOutliers, likePeople } from './label-findings';
import { leaveOutProposal } from './leave-out-proposal';
import { openDataSource, openVerificationSource, type VerificationSource } from './open-source';
import { PictureCollection } from './picture-collection';
import type { PictureSource } from './picture-source';
import type { PictureTable } from './picture-table';
import { readPictures, type ReadPictures } from './read-pictures';

export interface AuditOptions {
  /** Photo folder or prepared dataset. */
  readonly data: string;
  /** Photo folder, prepared dataset or pair list that the data must have nothing in common with. */
  readonly against?: string;
  /** Where the photos of a pair list lie; default: beside the list, then in `data`. */
  readonly againstPhotos?: string;
  /** Any model that the product knows; without it people are not judged. */
  readonly model?: string;
  /** How pixels enter a model file that does not say so. */
  readonly normalization?: InputNormalization | undefined;
  /** Cosine from which the model takes two photos for the same person; default: its recommended one. */
  readonly threshold?: number;
  /** The photos are aligned crops already. */
  readonly aligned?: boolean;
  /** List of photos that are left out already; default: the photo folder's `leave-out.txt`. */
  readonly leaveOut?: string;
  readonly limits?: CopyLimits;
  readonly progress?: ProgressReporter;
  readonly signal?: AbortSignal;
}

/**
 * Of copies of LFW photos that were made brighter, darker, grey, recompressed or resized, all lie within these limits; of those cropped
 * by 2 % on each side nearly all, by 4 % a third, by 6 % none. The 244,648 pairs of different photos lie beyond: those within 10 bits by
 * the perceptual hash differ in 60 bits or more of the other.
 */
export const defaultCopyLimits: CopyLimits = { perceptualBits: 10, gradientBits: 48 };

/**
 * Looks for what spoils a training or its verification: copies, wrong people, the same person twice, leakage, imbalance, unreadable files.
 * Nothing is changed, moved or deleted. Each picture is read once, and once more when a model judges. Memory, besides four decoded pictures:
 * about 140 bytes a picture and its name (145 MB a million), with a model 4 bytes more a picture and 12 bytes x embedding length a person.
 * @throws UserError for unsuitable input; CancelledError
 */
export async function auditData(options: AuditOptions, dependencies: AuditDependencies): Promise<AuditReport> {
  const startMs = performance.now();
  const threshold = options.model === undefined ? undefined : await thresholdOf(options.model, options, dependencies);
  const aligned = options.aligned ?? false;
  const data = await openDataSource(options.data, { aligned, ...(options.leaveOut !== undefined && { leaveOut: options.leaveOut }) }, dependencies);
  let verification: VerificationSource | undefined;
  try {
    verification = await openAgainst(options, aligned, dependencies);
    const findings = await findAll({ options, data, verification, threshold }, dependencies);
    return { ...findings, seconds: (performance.now() - startMs) / 1000 };
  } finally {
    data.close();
    verification?.source.close();
  }
}

interface Audit {
  readonly options: AuditOptions;
  readonly data: PictureSource;
  readonly verification: VerificationSource | undefined;
  readonly threshold: number | undefined;
}

async function findAll(audit: Audit, dependencies: AuditDependencies): Promise<Omit<AuditReport, 'seconds'>> {
  const { options, data, verification } = audit;
  const { limits = defaultCopyLimits, progress = silentProgress, signal } = options;
  const pictures = new PictureCollection(data, verification?.source);
  const read = await readPictures(pictures, progress, signal);
  const { table } = read;
  requireReadable(audit, pictures, read);
  const connected = await findCopies(table, limits, progress, signal);
  const judged = await judge(audit, pictures, table, dependencies);
  const judgement = judged?.judgement;
  const context: GroupContext = { pictures, table, test: new CopyTest(table, limits), threshold: audit.threshold, likenessToPerson: likenessOf(judgement) };
  const alike = judgement ? await likePeople(pictures, judgement, isSameName, signal) : { samePerson: [], lookAlikes: [] };
  const findings = {
    duplicates: duplicateGroups(connected, context),
    samePerson: [...alike.samePerson],
    labelOutliers: judgement ? labelOutliers(pictures, table, judgement) : [],
    leakage: { pictures: leakedPictures(connected, context), people: sharedPeople(pictures, table, verification), lookAlikes: [...alike.lookAlikes] },
    unreadable: read.unreadable.filter(({ picture }) => picture < pictures.dataCount).map(({ picture, detail }) => ({ photo: pictures.nameOf(picture), detail })),
    blank: namesOf(pictures, (picture) => table.isReadable(picture) && context.test.isBlank(picture)),
    withoutFace: (judgement?.withoutFace ?? []).filter((picture) => picture < pictures.dataCount).map((picture) => pictures.nameOf(picture)),
  };
  return {
    format: 1,
    toolVersion: productVersion,
    createdAt: new Date().toISOString(),
    data: { path: data.path, kind: data.kind === 'dataset' ? 'dataset' : 'photos', photos: data.count, people: data.people.length },
    against: verification ? describeAgainst(verification) : null,
    judge: judged && options.model !== undefined ? { model: options.model, title: judged.title, threshold: judged.judgement.threshold, photosJudged: judged.judgement.judged } : null,
    limits,
    ...findings,
    passedOver: [...data.passedOver],
    balance: balanceOf(pictures),
    // The records of a dataset do not name the photos that they were made of.
    leaveOut: data.kind === 'dataset' ? [] : leaveOutProposal(findings),
  };
}

async function thresholdOf(model: string, { threshold: given, normalization }: AuditOptions, dependencies: AuditDependencies): Promise<number> {
  const threshold = given ?? (await dependencies.recommendedThreshold(model, normalization));
  if (threshold !== undefined) return threshold;
  throw new UserError(`${model} was never verified, so it has no threshold to judge people by.`, 'Give --threshold, or find one with "evaluate".');
}

async function openAgainst({ against, againstPhotos, data }: AuditOptions, aligned: boolean, dependencies: AuditDependencies): Promise<VerificationSource | undefined> {
  if (against === undefined) return undefined;
  const photoFolders = againstPhotos === undefined ? [path.dirname(against), data] : [againstPhotos];
  return openVerificationSource(against, { aligned, photoFolders }, dependencies);
}

async function judge({ options, threshold }: Audit, pictures: PictureCollection, table: PictureTable, dependencies: AuditDependencies): Promise<{ title: string; judgement: Judgement } | undefined> {
  const { model, normalization, progress = silentProgress, signal } = options;
  if (model === undefined || threshold === undefined) return undefined;
  const embedder = await dependencies.openEmbedder(model, normalization);
  try {
    return { title: embedder.title, judgement: await judgeFaces(pictures, table, embedder, threshold, progress, signal) };
  } finally {
    embedder.close();
  }
}

function likenessOf(judgement: Judgement | undefined): (picture: number) => number | undefined {
  return (picture) => {
    const likeness = judgement?.likenessToPerson[picture];
    return likeness === undefined || Number.isNaN(likeness) ? undefined : likeness;
  };
}

function requireReadable({ options, data }: Audit, pictures: PictureCollection, { unreadable }: ReadPictures): void {
  const own = unreadable.filter(({ picture }) => picture < pictures.dataCount);
  const [first] = own;
  if (!first || own.length < data.count) return;
  throw new UserError(`None of the ${data.count} pictures in ${options.data} can be read; ${pictures.nameOf(first.picture)}: ${first.detail}.`, 'Use JPEG, PNG, WebP, TIFF, AVIF, PGM or PPM files.');
}

/** People on both sides by their names. Photos are those of the training. */
function sharedPeople(pictures: PictureCollection, table: PictureTable, verification: VerificationSource | undefined): Leakage['people'] {
  const names = new Map((verification?.peopleNames ?? []).map((name) => [comparableName(name), name]));
  return photoCounts(pictures).flatMap((photos, person) => {
    const { name, part } = table.people[person] ?? { name: '', part: 'verification' };
    const same = part === 'training' ? names.get(comparableName(name)) : undefined;
    return same === undefined ? [] : [{ person: name, verificationPerson: same, photos }];
  });
}

function isSameName(a: string, b: string): boolean {
  return comparableName(a) === comparableName(b);
}

/** "Abdullah_Gul" and "abdullah gul" name the same person. */
function comparableName(name: string): string {
  return name.normalize('NFC').toLowerCase().replace(/[\s_-]+/gu, ' ').trim();
}

function balanceOf(pictures: PictureCollection): AuditReport['balance'] {
  return classBalance(photoCounts(pictures).map((photos, person) => ({ person: pictures.people[person]?.name ?? '', photos })));
}

/** Pictures of each person of the data. */
function photoCounts(pictures: PictureCollection): number[] {
  const counts = new Array<number>(pictures.dataPeople).fill(0);
  for (let picture = 0; picture < pictures.dataCount; picture++) {
    const person = pictures.personOf(picture);
    if (person !== undefined) counts[person] = (counts[person] ?? 0) + 1;
  }
  return counts;
}

function namesOf(pictures: PictureCollection, isMeant: (picture: number) => boolean): string[] {
  const names: string[] = [];
  for (let picture = 0; picture < pictures.dataCount; picture++) if (isMeant(picture)) names.push(pictures.nameOf(picture));
  return names;
}

function describeAgainst({ source, peopleNames, photosNotFound }: VerificationSource): AuditReport['against'] {
  return { path: source.path, kind: source.kind, photos: source.count, people: peopleNames.length, photosNotFound: [...photosNotFound] };
}
