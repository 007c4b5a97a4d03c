import { SeededRandom } from '../../base/random';
import { UserError } from '../../base/user-error';
import { seededPermutation } from '../order';
import { RecordSubset } from './record-subset';

/** Samples of the training and of the validation, without overlap, together all. */
export interface RecordSplit {
  readonly training: RecordSubset;
  readonly validation: RecordSubset;
}

/**
 * Splits samples by chance, the same way for the same arguments: a validation on the people of the training, as the original
 * project's. (For people that the training never sees, identities are held out: `hold-out.ts`.)
 * @param fraction share of the validation, 0 to below 1; at least one sample where it is above 0
 * @throws UserError when the fraction is out of range or leaves no sample for training
 */
export function splitRecords(count: number, fraction: number, seed: number): RecordSplit {
  if (!(fraction >= 0 && fraction < 1)) throw new UserError(`The share ${fraction} of the validation is not from 0 to below 1.`, 'Give a share such as 0.005.');
  const wanted = fraction === 0 ? 0 : Math.max(1, Math.round(fraction * count));
  if (wanted >= count && count > 0) throw new UserError(`A validation of ${wanted} of ${count} images leaves none for training.`, 'Give a smaller share.');
  const chosen = new Uint8Array(count);
  for (const sample of seededPermutation(new SeededRandom(seed, 'validation'), count).subarray(0, wanted)) chosen[sample] = 1;
  return {
    training: new RecordSubset(count, (sample) => chosen[sample] === 0),
    validation: new RecordSubset(count, (sample) => chosen[sample] === 1),
  };
}
