import type { ProgressReporter } from '../../base/progress';
import { throwIfCancelled, UserError } from '../../base/user-error';
import type { AuditJudge } from './audit-dependencies';
import { EmbeddingSpool } from './embedding-spool';
import { inParallel } from './in-parallel';
import { PersonLikeness, type LikePerson } from './person-likeness';
import type { PictureCollection } from './picture-collection';
import type { PictureTable } from './picture-table';

/** What a model says about the pictures. */
export interface Judgement {
  readonly threshold: number;
  /** Mean cosine of each picture with the others of its person, [count]; NaN where it could not be judged. */
  readonly likenessToPerson: Float32Array;
  /** The other person of the data that a picture is most like, of pictures that are not clearly like their own (`otherMargin`). */
  readonly mostLikeOther: ReadonlyMap<number, LikePerson>;
  readonly likeness: PersonLikeness;
  /** Readable pictures in which no face was found, ascending. */
  readonly withoutFace: readonly number[];
  readonly judged: number;
}

interface CropBatch {
  /** Pictures with a face, ascending. */
  readonly pictures: readonly number[];
  readonly crops: Uint8Array;
  readonly withoutFace: readonly number[];
  /** Why a picture of the batch could not be aligned. */
  readonly problem: unknown;
}

const batchSize = 64;
/** Somebody else counts as the likely person when a picture is more like them by this much; smaller differences are noise of the model. */
export const otherMargin = 0.15;

/**
 * Embeds all readable pictures and compares each with its person, and where that is not clear with all others. The embeddings lie on
 * disk meanwhile (4 bytes x length each); in memory are 8 bytes x length a person and 4 bytes a picture.
 * @param threshold cosine from which the model takes two photos for the same person
 * @throws UserError when not a single face can be judged; CancelledError
 */
export async function judgeFaces(
  pictures: PictureCollection,
  table: PictureTable,
  judge: AuditJudge,
  threshold: number,
  progress: ProgressReporter,
  signal?: AbortSignal,
): Promise<Judgement> {
  const spool = await EmbeddingSpool.create(judge.embeddingLength);
  try {
    const likeness = new PersonLikeness(pictures.people.length, judge.embeddingLength);
    const { judged, withoutFace } = await embedPictures({ pictures, table, judge, spool, likeness, progress, ...(signal && { signal }) });
    return { threshold, likeness, withoutFace, judged: judged.length, ...(await comparePictures(pictures, table, judged, spool, likeness, threshold, signal)) };
  } finally {
    await spool.close();
  }
}

interface Embedding {
  readonly pictures: PictureCollection;
  readonly table: PictureTable;
  readonly judge: AuditJudge;
  readonly spool: EmbeddingSpool;
  readonly likeness: PersonLikeness;
  readonly progress: ProgressReporter;
  readonly signal?: AbortSignal;
}

async function embedPictures(embedding: Embedding): Promise<{ judged: Uint32Array; withoutFace: number[] }> {
  const { pictures, table, judge, spool, likeness, progress } = embedding;
  const judged = new Uint32Array(pictures.count);
  const withoutFace: number[] = [];
  let count = 0;
  let problem: unknown;
  const load = (start: number): Promise<CropBatch> => {
    const loading = loadBatch(embedding, start, Math.min(pictures.count, start + batchSize));
    // It is awaited later, or not at all when the model fails first; its own failure must not end the process meanwhile.
    loading.catch(() => undefined);
    return loading;
  };
  let next = load(0);
  try {
    for (let start = 0; start < pictures.count; start += batchSize) {
      const batch = await next;
      next = load(start + batchSize);
      problem ??= batch.problem;
      withoutFace.push(...batch.withoutFace);
      if (batch.pictures.length > 0) {
        const vectors = normalized(await judge.embed(batch.crops, batch.pictures.length), batch.pictures.length, judge);
        batch.pictures.forEach((picture, row) => likeness.add(table.personOf(picture), vectors, row));
        await spool.append(vectors);
        judged.set(batch.pictures, count);
        count += batch.pictures.length;
      }
      progress.report({ label: 'Judging faces', done: Math.min(pictures.count, start + batchSize), total: pictures.count, unit: 'pictures' });
    }
  } finally {
    await next.catch(() => undefined);
  }
  if (count > 0) return { judged: judged.subarray(0, count), withoutFace };
  throw problem ?? new UserError('No face was found in any of the pictures.', 'Audit photos that show faces, or give --aligned when they are aligned crops.');
}

async function loadBatch({ pictures, table, judge, signal }: Embedding, start: number, end: number): Promise<CropBatch> {
  const cropBytes = judge.imageSize ** 2 * 3;
  const loaded = new Map<number, Uint8Array>();
  const withoutFace: number[] = [];
  let problem: unknown;
  await inParallel(start, end, signal, async (picture) => {
    if (!table.isReadable(picture)) return;
    try {
      const crop = await pictures.loadCrop(picture, judge.imageSize, judge.template);
      if (crop) loaded.set(picture, crop);
      else withoutFace.push(picture);
    } catch (error) {
      // One picture must not end the audit; when all fail, the first error is told.
      problem ??= error;
      withoutFace.push(picture);
    }
  });
  const found = [...loaded.keys()].sort((a, b) => a - b);
  const crops = new Uint8Array(found.length * cropBytes);
  found.forEach((picture, row) => crops.set(loaded.get(picture) ?? [], row * cropBytes));
  return { pictures: found, crops, withoutFace: withoutFace.sort((a, b) => a - b), problem };
}

async function comparePictures(
  pictures: PictureCollection,
  table: PictureTable,
  judged: Uint32Array,
  spool: EmbeddingSpool,
  likeness: PersonLikeness,
  threshold: number,
  signal?: AbortSignal,
): Promise<Pick<Judgement, 'likenessToPerson' | 'mostLikeOther'>> {
  const likenessToPerson = new Float32Array(pictures.count).fill(Number.NaN);
  const mostLikeOther = new Map<number, LikePerson>();
  for await (const { first, vectors } of spool.read()) {
    throwIfCancelled(signal, 'The audit');
    const rows = vectors.length / likeness.length;
    for (let row = 0; row < rows; row++) {
      const picture = judged[first + row] as number;
      const person = table.personOf(picture);
      const own = likeness.withOwn(person, vectors, row);
      if (own === undefined) continue;
      likenessToPerson[picture] = own;
      if (own >= threshold + otherMargin || picture >= pictures.dataCount) continue;
      const other = likeness.mostLikeOther(person, pictures.dataPeople, vectors, row);
      if (other) mostLikeOther.set(picture, other);
    }
  }
  return { likenessToPerson, mostLikeOther };
}

/** Scales rows to length 1; a model may return more rows than asked for. */
function normalized(embedded: Float32Array, count: number, judge: AuditJudge): Float32Array {
  const length = judge.embeddingLength;
  const vectors = embedded.slice(0, count * length);
  for (let row = 0; row < count; row++) {
    const vector = vectors.subarray(row * length, (row + 1) * length);
    const norm = Math.hypot(...vector);
    if (!Number.isFinite(norm) || norm === 0) {
      throw new UserError(`${judge.title} gives no usable embedding for a picture (its length is ${norm}).`, 'The weights are damaged or the training diverged; use an earlier checkpoint.');
    }
    vector.forEach((value, i) => (vector[i] = value / norm));
  }
  return vectors;
}
