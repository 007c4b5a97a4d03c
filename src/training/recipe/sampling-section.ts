import * as z from 'zod';
import { UserError } from '../../base/user-error';

/**
 * In which order a training sees its images.
 * `shuffle`: each image exactly once an epoch, every order equally likely.
 * `class-balanced`: every person equally often, whoever has few photos gives them several times an epoch.
 * `pk`: groups of `people` x `photos`, as losses over pairs and triplets want them (Hermans et al. 2017, "In Defense of the
 * Triplet Loss"); people with a single photo are left out.
 */
export const samplingSection = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('shuffle') }),
  z.strictObject({ kind: z.literal('class-balanced') }),
  z.strictObject({
    kind: z.literal('pk'),
    people: z.number().int().min(2).max(512).describe('P: different people in a group.'),
    photos: z.number().int().min(2).max(64).describe('K: photos of each of them.'),
  }),
]);
export type Sampling = z.infer<typeof samplingSection>;
export type SamplingKind = Sampling['kind'];

export const samplingKinds = ['shuffle', 'class-balanced', 'pk'] as const satisfies readonly SamplingKind[];

/** Images of a group that must stay together in a batch. */
export function groupSize(sampling: Sampling): number {
  return sampling.kind === 'pk' ? sampling.people * sampling.photos : 1;
}

/** The smallest batch of whole groups that is not smaller than `batch`. */
export function wholeGroups(sampling: Sampling, batch: number): number {
  const group = groupSize(sampling);
  return Math.ceil(batch / group) * group;
}

/** What is wrong when a batch would cut through groups, as the end of a sentence. */
export function groupConflict(sampling: Sampling, batch: number): string | undefined {
  if (sampling.kind !== 'pk' || batch % groupSize(sampling) === 0) return undefined;
  const { people, photos } = sampling;
  return `batch is ${batch}, which is not made of groups of ${people} people x ${photos} photos; it must be ${people * photos} or a multiple of it`;
}

/** Options of the command line that choose the sampling. */
export interface SamplingOptions {
  readonly sampling?: SamplingKind;
  readonly people?: number;
  readonly photosPerPerson?: number;
}

const defaultGroup = { people: 8, photos: 4 } as const;

/**
 * The sampling that the options ask for; what they leave open comes from `written`, the recipe's own.
 * @throws UserError when people or photos are given for another sampling than `pk`
 */
export function chooseSampling({ sampling, people, photosPerPerson }: SamplingOptions, written: Sampling | undefined): Sampling | undefined {
  const kind = sampling ?? written?.kind;
  if (kind !== 'pk') {
    if (people !== undefined || photosPerPerson !== undefined) {
      throw new UserError('--people and --photos-per-person belong to the sampling "pk".', 'Add --sampling pk, or leave them out.');
    }
    return kind === undefined || kind === written?.kind ? written : { kind };
  }
  const group = written?.kind === 'pk' ? written : defaultGroup;
  return { kind, people: people ?? group.people, photos: photosPerPerson ?? group.photos };
}
