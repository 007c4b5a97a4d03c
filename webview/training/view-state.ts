import type { PageState } from '../../src/protocol/training-panel';

/** What the user has set on the page; it outlives a reload of the window. */
export interface ViewState {
  readonly smoothing: number;
  readonly logY: boolean;
  readonly axis: 'step' | 'time';
  /** Ids of the runs that were taken out of the charts. */
  readonly hidden: readonly string[];
  /** Whether learning rate and gradient are shown. */
  readonly details: boolean;
  readonly zoomX?: readonly [number, number];
  readonly zoomY?: readonly [number, number];
}

const initial: ViewState = { smoothing: 0.9, logY: false, axis: 'step', hidden: [], details: false };

/** Reads what an earlier page, perhaps of another version, has kept. */
export function restoreViewState(kept: unknown): ViewState {
  if (typeof kept !== 'object' || kept === null) return initial;
  const state = kept as Partial<Record<keyof PageState, unknown>>;
  return {
    smoothing: typeof state.smoothing === 'number' && state.smoothing >= 0 && state.smoothing < 1 ? state.smoothing : initial.smoothing,
    logY: state.logY === true,
    axis: state.axis === 'time' ? 'time' : 'step',
    hidden: Array.isArray(state.hidden) ? state.hidden.filter((id) => typeof id === 'string') : [],
    details: state.details === true,
    ...(isPair(state.zoomX) ? { zoomX: state.zoomX } : {}),
    ...(isPair(state.zoomY) ? { zoomY: state.zoomY } : {}),
  };
}

/** Runs that were added to the charts of an earlier page. */
export function restoreAddedRuns(kept: unknown): readonly string[] {
  const added = typeof kept === 'object' && kept !== null ? (kept as Partial<Record<keyof PageState, unknown>>).added : undefined;
  return Array.isArray(added) ? added.filter((id) => typeof id === 'string') : [];
}

function isPair(value: unknown): value is readonly [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every((item) => Number.isFinite(item));
}

/** A copy without the zoom. */
export function withoutZoom({ smoothing, logY, axis, hidden, details }: ViewState): ViewState {
  return { smoothing, logY, axis, hidden, details };
}
