import { setImmediate as nextTurn } from 'node:timers/promises';
import { throwIfCancelled } from '../../base/user-error';
import type { LabelOutlier, PersonPair } from './audit-artifact';
import { otherMargin, type Judgement } from './judge-faces';
import type { LikePerson, PersonLikeness } from './person-likeness';
import type { PictureCollection } from './picture-collection';
import type { PictureTable } from './picture-table';

/** An outlier lies this many robust deviations below the median (Iglewicz and Hoaglin, "How to Detect and Handle Outliers", 1993). */
const farDeviations = 3.5;
/** Deviation of a normal distribution per median absolute deviation. */
const deviationPerMad = 1.4826;
/** Likenesses of one person's photos scatter at least this much, however alike a few of them are. */
const leastDeviation = 0.05;
/** A photo of somebody else lies at least this many below. */
const otherDeviations = 2;
/** Two people with this much of the likeness that each has among the own photos are taken for one. */
const onePersonShare = 0.8;
/** Fewer photos have no distribution of their own. */
const fewestForDistribution = 5;
const peoplePerTurn = 64;

/**
 * Photos of the data that the model does not take for their person, worst first: those that it takes for another one who is clearly
 * more alike, and those that fall short of the threshold and far below what is usual for their person. Where all photos of a person
 * are as unlike each other, the model does not know this person, and none is an outlier.
 */
export function labelOutliers(pictures: PictureCollection, table: PictureTable, judgement: Judgement): LabelOutlier[] {
  const outliers: LabelOutlier[] = [];
  for (const [person, members] of picturesByPerson(pictures, table, judgement)) {
    const own = members.map((picture) => judgement.likenessToPerson[picture] as number);
    const middle = median(own);
    const deviation = Math.max(leastDeviation, deviationPerMad * median(own.map((value) => Math.abs(value - middle))));
    const hasDistribution = members.length >= fewestForDistribution;
    const limits = {
      otherPerson: hasDistribution ? middle - otherDeviations * deviation : Number.POSITIVE_INFINITY,
      unlikeOwn: hasDistribution ? Math.min(judgement.threshold, middle - farDeviations * deviation) : Number.NEGATIVE_INFINITY,
    };
    members.forEach((picture, i) => {
      const likenessToPerson = own[i] as number;
      const mostLike = judgement.mostLikeOther.get(picture);
      const other = mostLike && isOnePerson(person, mostLike.person, judgement) ? undefined : mostLike;
      const reason = reasonOf(likenessToPerson, limits, other, judgement.threshold);
      if (!reason) return;
      outliers.push({
        photo: pictures.nameOf(picture),
        person: pictures.people[person]?.name ?? '',
        reason,
        likenessToPerson,
        medianLikeness: middle,
        ...(other && { other: { person: pictures.people[other.person]?.name ?? '', likeness: other.likeness } }),
      });
    });
  }
  return outliers.sort((a, b) => excess(b) - excess(a));
}

export interface LikePeople {
  /** Both in the data. */
  readonly samePerson: readonly PersonPair[];
  /** One of the training, the other of the verification or held out, under another name. */
  readonly lookAlikes: readonly PersonPair[];
}

/**
 * People whose photos are as alike as the photos of one person: their mean cosine reaches the threshold, and nearly what each has among
 * the own photos. Most alike first. The threshold alone, which suits pairs of photos half of which show one person, would take many
 * people for the same.
 * @param isSameName whether two people are known to be the same by their names
 * @throws CancelledError
 */
export async function likePeople(
  pictures: PictureCollection,
  { likeness, threshold }: Judgement,
  isSameName: (a: string, b: string) => boolean,
  signal?: AbortSignal,
): Promise<LikePeople> {
  const samePerson: PersonPair[] = [];
  const lookAlikes: PersonPair[] = [];
  for (let a = 0; a < pictures.dataPeople; a++) {
    if (a % peoplePerTurn === 0) await nextTurn();
    throwIfCancelled(signal, 'The audit');
    for (let b = a + 1; b < pictures.people.length; b++) {
      const value = likeness.between(a, b);
      if (value === undefined || value < threshold) continue;
      const share = value / ownScale(a, b, likeness, threshold);
      if (share < onePersonShare) continue;
      const pair = pairOf(a, b, { likeness: value, relativeLikeness: share }, pictures, likeness);
      const isLeak = (pair.parts[0] === 'training') !== (pair.parts[1] === 'training');
      if (isLeak && !isSameName(...pair.people)) lookAlikes.push(pair);
      if (b < pictures.dataPeople) samePerson.push(pair);
    }
  }
  const mostAlike = (x: PersonPair, y: PersonPair): number => y.likeness - x.likeness;
  return { samePerson: samePerson.sort(mostAlike), lookAlikes: lookAlikes.sort(mostAlike) };
}

function pairOf(a: number, b: number, figures: Pick<PersonPair, 'likeness' | 'relativeLikeness'>, { people }: PictureCollection, likeness: Judgement['likeness']): PersonPair {
  const [first, second] = [people[a], people[b]];
  if (!first || !second) throw new RangeError(`people ${a} and ${b} of ${people.length}`);
  return {
    people: [first.name, second.name],
    parts: [first.part, second.part],
    ...figures,
    photos: [likeness.counts[a] as number, likeness.counts[b] as number],
  };
}

function picturesByPerson(pictures: PictureCollection, table: PictureTable, { likenessToPerson }: Judgement): Map<number, number[]> {
  const members = new Map<number, number[]>();
  for (let picture = 0; picture < pictures.dataCount; picture++) {
    if (Number.isNaN(likenessToPerson[picture])) continue;
    const person = table.personOf(picture);
    const list = members.get(person);
    if (list) list.push(picture);
    else members.set(person, [picture]);
  }
  return members;
}

/** Whether two people are taken for the same: photos of one in the folder of the other are a finding about the people, not the photos. */
function isOnePerson(a: number, b: number, { likeness, threshold }: Judgement): boolean {
  const value = likeness.between(a, b) ?? -1;
  return value >= threshold && value >= onePersonShare * ownScale(a, b, likeness, threshold);
}

/** Likeness that photos of one person have: the geometric mean of both people's own, at least the threshold; 1 for a single photo. */
function ownScale(a: number, b: number, likeness: PersonLikeness, threshold: number): number {
  const own = [a, b].map((person) => Math.max(threshold, likeness.within(person) ?? 1, Number.MIN_VALUE));
  return Math.sqrt((own[0] as number) * (own[1] as number));
}

function reasonOf(own: number, limits: { otherPerson: number; unlikeOwn: number }, other: LikePerson | undefined, threshold: number): LabelOutlier['reason'] | undefined {
  if (other && other.likeness >= threshold && other.likeness - own >= otherMargin && own < limits.otherPerson) return 'other-person';
  return own < limits.unlikeOwn ? 'unlike-own' : undefined;
}

/** How much more it is like another person than its own, or than what is usual. */
function excess({ reason, other, likenessToPerson, medianLikeness }: LabelOutlier): number {
  return reason === 'other-person' ? 2 + (other?.likeness ?? 0) - likenessToPerson : medianLikeness - likenessToPerson;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
