import type { Dataset } from '../dataset/dataset-reader';
import { epochOrder } from '../dataset/order';
import { classBalancedOrder } from '../dataset/sampling/class-balanced';
import { ClassMembers } from '../dataset/sampling/class-members';
import { pkOrder } from '../dataset/sampling/pk-order';
import { splitRecords } from '../dataset/sampling/record-split';
import type { Sampler, TrainingData, TrainingPart } from '../training/data/training-data';
import { groupSize, type Sampling } from '../training/recipe/sampling-section';

/** The training images of a dataset as the training takes them. */
export function trainingDataOf(dataset: Dataset): TrainingData {
  const { folder, record, count, trainingIdentities, heldOut } = dataset;
  return {
    ...partOf(dataset, { count, at: (i) => i }),
    folder, fingerprint: record.fingerprint, template: record.template, identities: trainingIdentities, heldOutIdentities: heldOut.length,
    split(share, seed) {
      const { training, validation } = splitRecords(count, share, seed);
      return { training: partOf(dataset, training), validation: partOf(dataset, validation) };
    },
    close: () => dataset.close(),
  };
}

/** Some of a dataset's training images. */
interface Members {
  readonly count: number;
  /** Number in the dataset of member `i`; undefined when `i` is not in 0..count-1. */
  at(i: number): number | undefined;
}

function partOf(dataset: Dataset, members: Members): TrainingPart {
  const numberOf = (index: number): number => {
    const number = members.at(index);
    if (number === undefined) throw new RangeError(`image ${index} of ${members.count}`);
    return number;
  };
  const label = (index: number): number => dataset.label(numberOf(index));
  return {
    imageSize: dataset.record.imageSize,
    count: members.count,
    read: (index) => dataset.read(numberOf(index)),
    label,
    place: (index) => dataset.place(numberOf(index)),
    sampler: (sampling, seed) =>
      samplerOf(members.count, () => new ClassMembers(members.count, dataset.trainingIdentities.length, label), sampling, seed),
  };
}

/** @param classes made only where the sampling asks whose images they are */
function samplerOf(count: number, classes: () => ClassMembers, sampling: Sampling, seed: number): Sampler {
  switch (sampling.kind) {
    case 'shuffle':
      return { epochLength: count, repeats: false, order: (epoch) => epochOrder(seed, epoch, count) };
    case 'class-balanced': {
      const members = classes();
      return { epochLength: count, repeats: true, order: (epoch) => classBalancedOrder(members, seed, epoch) };
    }
    case 'pk': {
      const members = classes();
      const group = groupSize(sampling);
      const options = { classes: sampling.people, samples: sampling.photos, batches: Math.max(1, Math.floor(count / group)) };
      // The first group shows at once whether there are enough people.
      pkOrder(members, seed, 0, { ...options, batches: 1 });
      return { epochLength: options.batches * group, repeats: true, order: (epoch) => pkOrder(members, seed, epoch, options) };
    }
  }
}
