import { flashSectorBytes } from './flash-address';
import { defaultModelAddress, fileSystemRange } from './flash-layout';

/** Bytes that go to one place in the flash. */
export interface PlannedRegion {
  readonly address: number;
  readonly bytes: number;
}

/** What is known of a board's flash before anything is written. */
export interface FlashFacts {
  readonly flashBytes: number;
  /** First address after the firmware; undefined while nobody has asked the board, or when there is none. */
  readonly firmwareEnd?: number | undefined;
}

export type Placement =
  /** Nothing is hit; addresses from `lowest` to `highest` would do as well. */
  | { readonly kind: 'free'; readonly lowest: number; readonly highest: number }
  /** What would be lost, in bytes, and an address where nothing is. */
  | { readonly kind: 'firmware' | 'files' | 'end'; readonly lostBytes: number; readonly free: number | undefined };

/** First address after a region, in whole sectors. */
export function regionEnd({ address, bytes }: PlannedRegion): number {
  return wholeSectors(address + bytes);
}

/** Holds one region against what is on the flash. */
export function judgePlacement(region: PlannedRegion, { flashBytes, firmwareEnd = 0 }: FlashFacts): Placement {
  const end = regionEnd(region);
  const files = flashBytes === fileSystemRange.end ? fileSystemRange : undefined;
  const lowest = wholeSectors(firmwareEnd);
  const highest = (files?.address ?? flashBytes) - wholeSectors(region.bytes);
  const free = highest < lowest ? undefined : defaultModelAddress >= lowest && defaultModelAddress <= highest ? defaultModelAddress : lowest;
  if (region.address < firmwareEnd) return { kind: 'firmware', lostBytes: Math.min(end, firmwareEnd) - region.address, free };
  if (end > flashBytes) return { kind: 'end', lostBytes: end - flashBytes, free };
  if (files !== undefined && end > files.address) return { kind: 'files', lostBytes: end - Math.max(region.address, files.address), free };
  return { kind: 'free', lowest, highest };
}

function wholeSectors(bytes: number): number {
  return Math.ceil(bytes / flashSectorBytes) * flashSectorBytes;
}
