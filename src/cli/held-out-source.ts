import { UserError } from '../base/user-error';
import type { Dataset } from '../dataset/dataset-reader';
import type { Engine } from '../engine/engine';
import type { HeldOutSource } from '../evaluation/held-out';

/** The held-out identities of a dataset as evaluation takes them. @throws UserError when the crops have another size */
export function heldOutSource(dataset: Dataset, engine: Engine, size: number): HeldOutSource {
  const { imageSize } = dataset.record;
  if (imageSize !== size) {
    throw new UserError(`${dataset.folder} has crops of ${imageSize} pixels; the model takes ${size}.`, `Prepare a dataset with --size ${size}.`);
  }
  const records = dataset.heldOut.flatMap((identity) => identity.records);
  return {
    identities: dataset.heldOut.map(({ identity, records: { length } }) => ({ name: identity, images: length })),
    loadCrop: (picture) => {
      const record = records[picture];
      if (record === undefined) throw new RangeError(`Held-out picture ${picture} of ${records.length}`);
      return engine.decodeJpegs([dataset.readHeldOut(record)], size);
    },
  };
}

/** Verification needs two pictures of somebody and at least two people. */
export function canVerify(dataset: Dataset): boolean {
  return dataset.heldOut.length >= 2 && dataset.heldOut.some((identity) => identity.records.length >= 2);
}
