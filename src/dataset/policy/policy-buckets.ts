import { finalImages, ruleIndexFor, type Policy, type PolicyRule } from './policy';

/** The people to whom one rule of a policy applies. */
export interface PolicyBucket {
  readonly rule: PolicyRule;
  /** By their place in the counts, those with most photos first. */
  readonly people: readonly number[];
  readonly photos: number;
  /** With copies; nobody is held out. */
  readonly images: number;
}

/**
 * Sorts people into the rules of a policy by their number of photos, the rules for many photos first. People without a photo are
 * in none; rules that nobody falls under are there, empty.
 */
export function policyBuckets(policy: Policy, photoCounts: readonly number[]): PolicyBucket[] {
  const members = policy.rules.map((): number[] => []);
  photoCounts.forEach((photos, person) => {
    if (photos > 0) members[ruleIndexFor(policy, photos)]?.push(person);
  });
  const buckets = policy.rules.map((rule, i) => {
    const people = (members[i] ?? []).sort((a, b) => (photoCounts[b] ?? 0) - (photoCounts[a] ?? 0) || a - b);
    const sum = (valueOf: (photos: number) => number): number => people.reduce((total, person) => total + valueOf(photoCounts[person] ?? 0), 0);
    return { rule, people, photos: sum((photos) => photos), images: sum((photos) => finalImages(rule, photos)) };
  });
  return buckets.sort((a, b) => b.rule.above - a.rule.above);
}
