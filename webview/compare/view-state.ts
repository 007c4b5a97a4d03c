import type { ComparePageState } from '../../src/protocol/compare-panel';
import type { ViewState } from './page-model';

/** Reads what an earlier page, perhaps of another version, has kept; what does not fit is left out. */
export function restoreViewState(kept: unknown): ViewState {
  if (typeof kept !== 'object' || kept === null) return {};
  const { allColumns, sort, hidden, focused, threshold, curve } = kept as Partial<Record<keyof ComparePageState, unknown>>;
  return {
    ...(typeof allColumns === 'boolean' ? { allColumns } : {}),
    ...(isSorting(sort) ? { sort } : {}),
    ...(isTexts(hidden) ? { hidden } : {}),
    ...(typeof focused === 'string' ? { focused } : {}),
    ...(typeof threshold === 'number' && threshold >= -1 && threshold <= 1 ? { threshold } : {}),
    ...(curve === 'roc' || curve === 'det' ? { curve } : {}),
  };
}

function isSorting(value: unknown): value is NonNullable<ViewState['sort']> {
  return typeof value === 'object' && value !== null && 'column' in value && typeof value.column === 'string' && 'descending' in value && typeof value.descending === 'boolean';
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
