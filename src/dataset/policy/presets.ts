import { policySchema, type Policy } from './policy';

/** Policies that come with the product, as they would stand in a user's file. */
const presets: Readonly<Record<string, unknown>> = {
  /** Every image once. */
  none: { rules: [{ keep: true }] },
  /** What the original project did to its celebrity photos. */
  original: {
    rules: [
      { above: 350, sample: 350 },
      { above: 200, upTo: 350, keep: true },
      { above: 90, upTo: 200, keep: true, operations: ['opening'] },
      { above: 30, upTo: 90, keep: true, operations: ['opening', { name: 'gaussian-noise', variance: 0.01 }, { name: 'salt-and-pepper', amount: 0.05 }] },
      { above: 0, upTo: 30, drop: true },
    ],
  },
  /** What the original project did to MS-Celeb-1M: 100 images of everybody. */
  'fixed-100': {
    rules: [{ exactly: 100, operations: ['flip', 'blur', 'sharpen', 'noise', 'dropout', 'add', 'multiply', 'contrast'] }],
  },
};

export const presetNames: readonly string[] = Object.keys(presets);

/** The preset of a name, or undefined. */
export function presetPolicy(name: string): Policy | undefined {
  if (!presetNames.includes(name)) return undefined;
  return { name, rules: policySchema.parse(presets[name]).rules };
}

/** What a new policy file holds: the rules of a preset, as they would be written by hand. */
export function policyTemplate(preset: string, name: string): Record<string, unknown> {
  return { name, ...(presets[preset] as Record<string, unknown>) };
}
