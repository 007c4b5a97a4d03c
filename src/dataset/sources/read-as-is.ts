import { chooseHeldOut, type HoldOutWish } from '../hold-out';
import type { DatasetRecord } from '../dataset-artifact';

/** What an identity is called of which only the number is known. */
export function nameOfLabel(label: number): string {
  return `label ${label}`;
}

/** How a source that is read as it is gets its held-out identities: as a preparation would choose them. */
export interface HoldOutOptions {
  /** Default: 15 % of the identities, none below 6. */
  readonly holdOut?: HoldOutWish;
  /** Decides the held-out identities. Default 0. */
  readonly seed?: number;
}

/** Identities of a dataset with their held-out ones chosen. @throws UserError when fewer than 2 are left for training */
export function withHeldOut(identities: readonly { readonly name: string; readonly images: number }[], options: HoldOutOptions): DatasetRecord['identities'] {
  const chosen = chooseHeldOut(identities, options.holdOut ?? { kind: 'default' }, options.seed ?? 0);
  return identities.map(({ name, images }) => ({ name, images, heldOut: chosen.has(name) }));
}
