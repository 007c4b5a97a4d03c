import type { ExplorerState } from '../../src/protocol/explorer-page';
import { explorerTabs, type ExplorerTab } from '../../src/protocol/explorer-tabs';
import type { PhotoFilter } from './model';

/** What the user has set on the page; it outlives a reload of the window. */
export interface ViewState {
  readonly tab: ExplorerTab;
  readonly tileSide: number;
  readonly filter: PhotoFilter;
  /** The photo under the cursor, as "person/file". */
  readonly photo?: string;
}

const initial: ViewState = { tab: 'photos', tileSide: 72, filter: { search: '', show: 'all' } };

/** Reads what an earlier page, perhaps of another version, has kept. */
export function restoreViewState(kept: unknown): ViewState {
  if (typeof kept !== 'object' || kept === null) return initial;
  const { tab, tileSide, search, photo } = kept as Partial<Record<keyof ExplorerState, unknown>>;
  return {
    tab: explorerTabs.find((known) => known === tab) ?? initial.tab,
    tileSide: typeof tileSide === 'number' && tileSide >= 40 && tileSide <= 240 ? tileSide : initial.tileSide,
    filter: { ...initial.filter, search: typeof search === 'string' ? search : '' },
    ...(typeof photo === 'string' ? { photo } : {}),
  };
}

export function keptState(folder: string, { tab, tileSide, filter, photo }: ViewState): ExplorerState {
  return { folder, tab, tileSide, search: filter.search, ...(photo === undefined ? {} : { photo }) };
}
