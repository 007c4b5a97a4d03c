import * as z from 'zod';

/** `variance` on the scale 0..1 of pixel values. */
const gaussianNoiseSchema = z.strictObject({ name: z.literal('gaussian-noise'), variance: z.number().positive().max(1).default(0.01) });
/** `amount`: share of all values that are replaced. */
const saltAndPepperSchema = z.strictObject({ name: z.literal('salt-and-pepper'), amount: z.number().positive().max(1).default(0.05) });
/** The last eight come in random strength. */
const plainSchema = z.strictObject({ name: z.enum(['opening', 'flip', 'blur', 'sharpen', 'noise', 'dropout', 'add', 'multiply', 'contrast']) });

/** Every change of a crop that a policy may ask for. */
export const operationNames = ['gaussian-noise', 'salt-and-pepper', ...plainSchema.shape.name.options] as const;

/** A name alone stands for the operation with its usual parameters. */
const operationSchema = z.preprocess(
  (value) => (typeof value === 'string' ? { name: value } : value),
  z.discriminatedUnion('name', [gaussianNoiseSchema, saltAndPepperSchema, plainSchema], {
    error: (issue) => (issue.code === 'invalid_union' ? `give one of ${operationNames.join(', ')}` : undefined),
  }),
);
export type Operation = z.infer<typeof operationSchema>;

const mostImages = 1_000_000;
const imageCount = z.number().int().min(1).max(mostImages);

/**
 * What happens to people with `above` < images <= `upTo` (without `upTo`: no upper end). Exactly one of
 * `drop` (the person is left out), `keep` (all images), `sample` (that many random images) and `exactly` (that many images: a
 * random choice, or topped up by copies of random images, each with all `operations` in random order) is given; with
 * `operations` alone `keep` is meant. Except with `exactly`, each operation adds one copy of every image.
 */
const ruleSchema = z
  .strictObject({
    above: z.number().int().min(0).max(mostImages).default(0).describe('The rule is for people with more photos than this.'),
    upTo: imageCount.optional().describe('The rule is for people with at most so many photos; without it there is no upper end.'),
    drop: z.literal(true).optional().describe('The person is left out.'),
    keep: z.literal(true).optional().describe('All photos are kept.'),
    sample: imageCount.optional().describe('So many random photos are kept.'),
    exactly: imageCount.optional().describe('So many crops: a random choice of the photos, or topped up by copies with all operations in random order.'),
    operations: z.array(operationSchema).min(1).optional().describe('Each adds one changed copy of every photo.'),
  })
  .superRefine((rule, context) => {
    const complain = (message: string): void => context.addIssue({ code: 'custom', message });
    const meanings = [rule.drop, rule.keep, rule.sample, rule.exactly].filter((value) => value !== undefined).length;
    if (rule.upTo !== undefined && rule.upTo <= rule.above) complain(`"upTo" (${rule.upTo}) must be greater than "above" (${rule.above})`);
    if (meanings > 1) complain('give only one of "drop", "keep", "sample" and "exactly"');
    if (meanings === 0 && !rule.operations) complain('give one of "drop", "keep", "sample", "exactly" and "operations"');
    if (rule.drop && rule.operations) complain('"drop" and "operations" exclude each other');
    if (rule.exactly !== undefined && !rule.operations) complain('"exactly" needs "operations" for the copies');
  });
export type PolicyRule = z.infer<typeof ruleSchema>;

/** A policy as users edit it. Its rules cover every number of images from 1 once. */
export const policySchema = z
  .strictObject({ name: z.string().min(1).optional(), rules: z.array(ruleSchema).min(1) })
  .superRefine(({ rules }, context) => {
    const complain = (message: string): void => context.addIssue({ code: 'custom', message, path: ['rules'] });
    const sorted = [...rules].sort((a, b) => a.above - b.above);
    let covered = 0;
    for (const { above, upTo = Number.POSITIVE_INFINITY } of sorted) {
      if (above > covered) complain(`no rule covers people with ${countRange(covered + 1, above)} images`);
      if (above < covered) complain(`two rules cover people with ${countRange(above + 1, Math.min(covered, upTo))} images`);
      covered = Math.max(covered, upTo);
    }
    if (covered !== Number.POSITIVE_INFINITY) complain(`no rule covers people with more than ${covered} images`);
  });

export interface Policy {
  readonly name: string;
  readonly rules: readonly PolicyRule[];
}

/** The rule for a person with `images` images, by its place in `policy.rules`. */
export function ruleIndexFor(policy: Policy, images: number): number {
  return policy.rules.findIndex(({ above, upTo }) => images > above && (upTo === undefined || images <= upTo));
}

/** False when people with at most `images` images are dropped, however many of them turn out to be usable. */
export function mayKeep(policy: Policy, images: number): boolean {
  return policy.rules.some((rule) => rule.drop !== true && rule.above < images);
}

/** How many of a person's images stay, before copies. */
export function keptImages(rule: PolicyRule, images: number): number {
  return rule.drop === true ? 0 : Math.min(images, rule.sample ?? rule.exactly ?? images);
}

/** How many images a person has in the dataset, with copies. */
export function finalImages(rule: PolicyRule, images: number): number {
  const kept = keptImages(rule, images);
  if (kept === 0) return 0;
  return rule.exactly ?? kept * (1 + (rule.operations?.length ?? 0));
}

/** The rule in a few words, e.g. "31 to 90 images: keep, add opening". */
export function describeRule(rule: PolicyRule): string {
  const people = rule.upTo === undefined ? `more than ${rule.above} images` : `${countRange(rule.above + 1, rule.upTo)} images`;
  return `${people}: ${describeAction(rule)}`;
}

function describeAction({ drop, sample, exactly, operations = [] }: PolicyRule): string {
  const names = operations.map(({ name }) => name).join(', ');
  if (drop === true) return 'drop';
  if (exactly !== undefined) return `exactly ${exactly}, topped up by ${names}`;
  const kept = sample === undefined ? 'keep' : `sample ${sample}`;
  return names === '' ? kept : `${kept}, add ${names}`;
}

function countRange(low: number, high: number): string {
  return low === high ? `${low}` : `${low} to ${high}`;
}
