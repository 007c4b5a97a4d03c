import { errorText, UserError } from '../../base/user-error';
import { finalImages, type Policy } from '../../dataset/policy/policy';
import { policyBuckets } from '../../dataset/policy/policy-buckets';
import { presetPolicy } from '../../dataset/policy/presets';
import { readPolicy } from '../../dataset/policy/read-policy';
import { photoPath, type PhotoIdentity } from '../../dataset/scan';
import type { PolicyPlanView } from '../../protocol/explorer-page';
import type { Figures } from '../../protocol/figures';
import { bucketEffect, bucketTitle } from '../datasets/bucket-words';
import type { PrepareChoices } from '../datasets/prepare-choices';

/** The chosen policy, or none and why when it cannot be used. */
export async function chosenPolicy({ policy }: Pick<PrepareChoices, 'policy'>): Promise<{ readonly policy: Policy; readonly problem?: string }> {
  try {
    return { policy: await readPolicy(policy) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { policy: presetPolicy('none') as Policy, problem: errorText(error) };
  }
}

/** What the chosen policy makes of the photos that are not left out. */
export async function policyPlan(identities: readonly PhotoIdentity[], leftOut: ReadonlySet<string>, choices: PrepareChoices, figures: Figures): Promise<PolicyPlanView> {
  const { policy, problem } = await chosenPolicy(choices);
  const counts = identities.map((identity) => (leftOut.size === 0 ? identity.photos.length : identity.photos.filter((photo) => !leftOut.has(photoPath(identity, photo))).length));
  const buckets = policyBuckets(policy, counts);
  const bucketOf = new Array<number>(counts.length).fill(-1);
  const cropsOf = new Array<number>(counts.length).fill(0);
  buckets.forEach(({ rule, people }, bucket) => {
    for (const person of people) {
      bucketOf[person] = bucket;
      cropsOf[person] = finalImages(rule, counts[person] ?? 0);
    }
  });
  const views = buckets.map(({ rule, people }) => ({ title: bucketTitle(rule, figures), effect: bucketEffect(rule, figures), people: people.length }));
  return { name: policy.name, size: choices.size, buckets: views, bucketOf, cropsOf, ...(problem === undefined ? {} : { problem }) };
}
