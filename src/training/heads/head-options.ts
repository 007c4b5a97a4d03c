import { UserError } from '../../base/user-error';
import type { HeadSettingsInput } from './head-settings';

/** Single settings of a head on the command line. */
export interface HeadOptions {
  readonly margin?: number;
  readonly scale?: 'adacos' | number;
  /** Epochs. */
  readonly marginWarmUp?: number;
  readonly sampleRate?: number;
}

/** @throws UserError naming the option that this head does not have */
export function withHeadOptions(head: HeadSettingsInput, { margin, scale, marginWarmUp, sampleRate }: HeadOptions): HeadSettingsInput {
  const sampled = sampleRate === undefined ? head : { ...head, sampleRate };
  const marginOptions = { margin, scale, marginWarmUpEpochs: marginWarmUp };
  const given = Object.fromEntries(Object.entries(marginOptions).filter(([, value]) => value !== undefined));
  if (sampled.kind === 'softmax' && Object.keys(given).length > 0) {
    throw new UserError('The softmax head has no margin and no scale.', 'Leave --margin, --margin-warm-up and --scale out, or choose a margin head with --head.');
  }
  if (sampled.kind === 'combined' && margin !== undefined) {
    throw new UserError('The combined head has three margins, not one.', 'Write m1, m2 and m3 into the "head" of a recipe file.');
  }
  return { ...sampled, ...given };
}
