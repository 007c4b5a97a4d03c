import type { Dataset } from '../dataset/dataset-reader';
import { epochOrder } from '../dataset/order';
import { classBalancedOrder } from '../dataset/sampling/class-balanced';
import { ClassMembers } from '../dataset/sampling/class-members';
import { pkOrder } from '../dataset/sampling/pk-order';
import type { Sampler, TrainingData } from '../training/data/training-data';
import { groupSize, type Sampling } from '../training/recipe/sampling-section';

/** The training images of a dataset as the training takes them. */
export function trainingDataOf(dataset: Dataset): TrainingData {
  const { folder, record, count, trainingIdentities, heldOut } = dataset;
  return {
    folder, count, fingerprint: record.fingerprint, imageSize: record.imageSize, template: record.template, identities: trainingIdentities, heldOutIdentities: heldOut.length,
    read: (index) => dataset.read(index),
    place: (index) => dataset.place(index),
    sampler: (sampling, seed) => samplerOf(dataset, sampling, seed),
    close: () => dataset.close(),
  };
}

function samplerOf(dataset: Dataset, sampling: Sampling, seed: number): Sampler {
  const { count } = dataset;
  switch (sampling.kind) {
    case 'shuffle':
      return { epochLength: count, repeats: false, order: (epoch) => epochOrder(seed, epoch, count) };
    case 'class-balanced': {
      const members = membersOf(dataset);
      return { epochLength: count, repeats: true, order: (epoch) => classBalancedOrder(members, seed, epoch) };
    }
    case 'pk': {
      const members = membersOf(dataset);
      const group = groupSize(sampling);
      const options = { classes: sampling.people, samples: sampling.photos, batches: Math.max(1, Math.floor(count / group)) };
      // The first group shows at once whether there are enough people.
      pkOrder(members, seed, 0, { ...options, batches: 1 });
      return { epochLength: options.batches * group, repeats: true, order: (epoch) => pkOrder(members, seed, epoch, options) };
    }
  }
}

function membersOf(dataset: Dataset): ClassMembers {
  return new ClassMembers(dataset.count, dataset.trainingIdentities.length, (index) => dataset.label(index));
}
