import { SeededRandom } from '../base/random';
import { throwIfCancelled } from '../base/user-error';
import type { ProgressReporter } from '../base/progress';
import { drawWeights, intervalOf, type Interval } from './bootstrap';

/** How often the most alike photos show the person that was looked for. */
export interface IdentificationFigures {
  /** Photos that were looked up. */
  readonly probes: number;
  /** Share of them whose most alike other photo shows the same person, 0..1. */
  readonly rank1: number;
  readonly rank1Interval: Interval;
  /** Share of them with the same person among the five most alike. */
  readonly rank5: number;
}

/** Closed-set identification: everybody who is looked up is known. */
export interface Identification {
  readonly people: number;
  readonly photos: number;
  /** Each photo of somebody with two or more is looked up among all other photos. */
  readonly leaveOneOut: IdentificationFigures;
  /** The first photo of each person is the gallery; all others are looked up in it: the score of a person is that of this one photo. */
  readonly galleryProbe: IdentificationFigures;
}

export interface IdentificationOptions {
  readonly seed: number;
  /** Draws of people for the intervals; default 1000. */
  readonly bootstrapSamples?: number;
  readonly progress?: ProgressReporter;
  readonly signal?: AbortSignal;
}

const defaultBootstrapSamples = 1000;
const shownRank = 5;
/** Probes between two looks at progress and cancel. */
const probesPerTurn = 64;

/**
 * Looks every photo up among the others. Takes photos * photos / 2 cosines and memory for three numbers a photo.
 * The intervals are made by drawing people; the photos that they are looked up among stay.
 * @param vectors L2-normalised, [photos, length]
 * @param people number of the person on each photo, from 0, [photos]
 * @returns undefined where fewer than two people or nobody with two photos is left
 * @throws CancelledError
 */
export async function identify(vectors: Float32Array, length: number, people: ArrayLike<number>, options: IdentificationOptions): Promise<Identification | undefined> {
  const photos = people.length;
  const photosOf = new Map<number, number>();
  const isFirst = new Uint8Array(photos);
  for (let photo = 0; photo < photos; photo++) {
    const person = people[photo] ?? 0;
    if (!photosOf.has(person)) isFirst[photo] = 1;
    photosOf.set(person, (photosOf.get(person) ?? 0) + 1);
  }
  if (photosOf.size < 2 || photosOf.size === photos) return undefined;
  const leaveOneOut = new RankTable();
  const galleryProbe = new RankTable();
  const scores = new Float64Array(photos);
  for (let probe = 0; probe < photos; probe++) {
    if (probe % probesPerTurn === 0) {
      await new Promise((resolve) => setImmediate(resolve));
      throwIfCancelled(options.signal, 'The evaluation');
      options.progress?.report({ label: 'Looking photos up', done: probe, total: photos, unit: 'photos' });
    }
    const person = people[probe] ?? 0;
    if ((photosOf.get(person) ?? 0) < 2) continue;
    cosinesWith(probe, vectors, length, scores);
    leaveOneOut.add(person, rankOf(scores, people, person, (other) => other !== probe));
    if (isFirst[probe] === 0) galleryProbe.add(person, rankOf(scores, people, person, (other) => isFirst[other] === 1));
  }
  options.progress?.report({ label: 'Looking photos up', done: photos, total: photos, unit: 'photos' });
  return { people: photosOf.size, photos, leaveOneOut: leaveOneOut.figures('leave-one-out', options), galleryProbe: galleryProbe.figures('gallery-probe', options) };
}

/** Cosines of one photo with all. */
function cosinesWith(probe: number, vectors: Float32Array, length: number, scores: Float64Array): void {
  const own = vectors.subarray(probe * length, (probe + 1) * length);
  for (let other = 0; other < scores.length; other++) {
    const start = other * length;
    let product = 0;
    for (let i = 0; i < length; i++) product += (own[i] as number) * (vectors[start + i] as number);
    scores[other] = product;
  }
}

/** 1 when the most alike candidate shows the person. A photo of somebody else that is equally alike comes first: ties are no success. */
function rankOf(scores: Float64Array, people: ArrayLike<number>, person: number, isCandidate: (photo: number) => boolean): number {
  let best = -Infinity;
  for (let other = 0; other < scores.length; other++) {
    if (people[other] === person && isCandidate(other)) best = Math.max(best, scores[other] as number);
  }
  let rank = 1;
  for (let other = 0; other < scores.length; other++) {
    if (people[other] !== person && isCandidate(other) && (scores[other] as number) >= best) rank++;
  }
  return rank;
}

/** Ranks of the probes, by person. */
class RankTable {
  private readonly rows = new Map<number, { probes: number; first: number; shown: number }>();

  add(person: number, rank: number): void {
    const row = this.rows.get(person) ?? { probes: 0, first: 0, shown: 0 };
    row.probes++;
    if (rank === 1) row.first++;
    if (rank <= shownRank) row.shown++;
    this.rows.set(person, row);
  }

  figures(name: string, { seed, bootstrapSamples = defaultBootstrapSamples }: IdentificationOptions): IdentificationFigures {
    const rows = [...this.rows.values()];
    const share = (count: (row: { probes: number; first: number; shown: number }) => number, weights?: Uint32Array): number => {
      const total = (of: (row: (typeof rows)[number]) => number): number => rows.reduce((sum, row, index) => sum + of(row) * (weights?.[index] ?? (weights ? 0 : 1)), 0);
      return total(count) / total((row) => row.probes);
    };
    const random = new SeededRandom('identification-bootstrap', name, seed);
    const weights = new Uint32Array(rows.length);
    const drawn = Array.from({ length: bootstrapSamples }, () => {
      drawWeights(weights, random);
      return share((row) => row.first, weights);
    });
    const rank1 = share((row) => row.first);
    return {
      probes: rows.reduce((sum, row) => sum + row.probes, 0),
      rank1, rank1Interval: intervalOf(drawn, rank1, rows.length), rank5: share((row) => row.shown),
    };
  }
}
