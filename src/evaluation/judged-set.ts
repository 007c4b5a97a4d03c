import { createHash } from 'node:crypto';
import type { CropForm, CropLoader } from './embedding';
import type { EvaluationDependencies } from './evaluation-dependencies';
import { heldOutPairs } from './held-out';
import { heldOutPhotos, locateHeldOut } from './held-out-pairs';
import { formatPairs } from './pair-file';
import { makePairs, type PairList } from './pairs';
import { cropLoader } from './photo-commands';
import { locatePhotos, photosByIdentity } from './photo-paths';

/** Pairs, and where their pictures come from. */
export interface JudgedSet {
  /** Start of a sentence, e.g. "Photos of people/". */
  readonly subject: string;
  readonly list: PairList;
  /** A picture by its name in the list; undefined when it has no face. */
  cropOf(photo: string): ReturnType<CropLoader>;
  /** For report.json. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** How its crops are cut; undefined where they are cut for the model, or it is not known. */
  readonly template?: string | undefined;
  /** What was judged, so that two reports on the same data can be recognised. */
  readonly fingerprint: string;
  close(): Promise<void>;
}

/** What to judge on, as the options of `evaluate` say. */
export type JudgedSource =
  | { readonly kind: 'photos'; readonly folder: string; readonly aligned: boolean }
  | { readonly kind: 'dataset'; readonly folder: string }
  | { readonly kind: 'bin'; readonly file: string };

export interface PairChoice {
  /** A pair list that was read; pairs are made when undefined. */
  readonly given: { readonly file: string; readonly list: PairList } | undefined;
  readonly count: number;
  readonly seed: number;
}

/**
 * Opens what a model that takes such crops is judged on.
 * @throws UserError naming what is missing or damaged
 */
export async function openJudgedSet(source: JudgedSource, choice: PairChoice, form: CropForm, dependencies: EvaluationDependencies): Promise<JudgedSet> {
  switch (source.kind) {
    case 'photos':
      return openPhotos(source, choice, form, dependencies);
    case 'dataset':
      return openDataset(source.folder, choice, form.imageSize, dependencies);
    case 'bin':
      return openBin(source.file, form.imageSize, dependencies);
  }
}

async function openPhotos(
  { folder, aligned }: { readonly folder: string; readonly aligned: boolean }, { given, count, seed }: PairChoice, form: CropForm, dependencies: EvaluationDependencies,
): Promise<JudgedSet> {
  const list = given?.list ?? makePairs(await photosByIdentity(folder, dependencies), { count, seed });
  const files = await locatePhotos(folder, list);
  const crop = cropLoader(dependencies, form, aligned);
  return {
    subject: `Photos of ${folder}`, list, cropOf: (photo) => crop(files.get(photo) ?? photo), fingerprint: fingerprintOf(list),
    facts: { photosFolder: folder, pairList: given?.file ?? null, aligned }, close: () => Promise.resolve(),
  };
}

async function openDataset(folder: string, { given, count, seed }: PairChoice, size: number, dependencies: EvaluationDependencies): Promise<JudgedSet> {
  const source = await dependencies.openHeldOut(folder, size);
  try {
    const names = heldOutPhotos(source.identities).flatMap(({ photos }) => photos);
    const list = given?.list ?? namedPairs(names, heldOutPairs(source.identities, { pairs: count, seed }));
    const pictures = locateHeldOut(source.identities, list, folder);
    return {
      subject: `Held-out people of ${folder}`, list, cropOf: (photo) => source.loadCrop(pictures.get(photo) ?? 0), fingerprint: source.fingerprint,
      template: source.template, facts: { dataset: folder, template: source.template ?? null, pairList: given?.file ?? null, identities: source.identities.length, heldOutPhotos: names.length },
      close: () => source.close(),
    };
  } catch (error) {
    await source.close();
    throw error;
  }
}

async function openBin(file: string, size: number, dependencies: EvaluationDependencies): Promise<JudgedSet> {
  const { pairs, fingerprint, loadCrop } = await dependencies.openVerificationSet(file);
  const nameOf = (picture: number): string => String(picture).padStart(5, '0');
  const list: PairList = {
    folds: pairs.folds,
    pairs: Array.from(pairs.same, (same, pair) => ({ a: nameOf(2 * pair), b: nameOf(2 * pair + 1), same: same === 1, fold: pairs.fold[pair] ?? 0 })),
  };
  return { subject: `Verification set ${file}`, list, cropOf: (photo) => loadCrop(Number(photo), size), fingerprint, facts: { verificationSet: file, pairList: null }, close: () => Promise.resolve() };
}

function namedPairs(names: readonly string[], { folds, a, b, same, fold }: ReturnType<typeof heldOutPairs>): PairList {
  const pairs = Array.from(same, (flag, pair) => ({ a: names[a[pair] ?? 0] ?? '', b: names[b[pair] ?? 0] ?? '', same: flag === 1, fold: fold[pair] ?? 0 }));
  return { folds, pairs };
}

function fingerprintOf(list: PairList): string {
  return createHash('sha256').update(formatPairs(list)).digest('hex');
}
