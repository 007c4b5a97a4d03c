import type { CompareMessage, ComparePageState, CompareRow } from '../../src/protocol/compare-panel';
import { sortedRows, type Sorting } from '../../src/protocol/compare-table';
import { nearestThreshold } from '../../src/protocol/score-profile';
import type { ChartTheme, RunStyle } from '../common/chart-style';

/** What the user has set on the page; it outlives a reload of the window. */
export type ViewState = Omit<ComparePageState, 'runs'>;

/** The rows and what the user's settings make of them. */
export interface PageModel {
  readonly rows: readonly CompareRow[];
  /** In the order of the table. */
  readonly sorted: readonly CompareRow[];
  /** Ticked rows that have curves. */
  readonly shown: readonly CompareRow[];
  readonly focused?: CompareRow;
  /** The page's one threshold; absent while nothing was evaluated. */
  readonly threshold?: number;
  readonly rate?: number;
  /** Why nothing may be started. */
  readonly locked?: string;
}

const defaultSorting: Sorting = { column: 'tar', descending: true };
/** More lines than this hide each other; further rows are ticked by hand. */
const tickedAtFirst = 4;
/** A .kmodel has its run's colour, and this dash. */
const kmodelDash: readonly number[] = [3, 3];

export function sortingOf({ sort }: ViewState): Sorting {
  return sort ?? defaultSorting;
}

/** What the page shows of the rows by the user's settings. */
export function pageModel({ rows, rate, locked }: Extract<CompareMessage, { kind: 'rows' }>, view: ViewState): PageModel {
  const sorted = sortedRows(rows, sortingOf(view));
  const ticked = tickedRows(rows, view);
  const focused = sorted.find(({ id }) => id === view.focused) ?? sorted.find(({ evaluation }) => evaluation) ?? sorted[0];
  const recommended = focused?.evaluation?.threshold;
  const threshold = recommended === undefined ? undefined : nearestThreshold(view.threshold ?? recommended);
  return {
    rows, sorted, shown: sorted.filter(({ id, evaluation }) => evaluation && ticked.has(id)),
    ...(focused ? { focused } : {}), ...(threshold === undefined ? {} : { threshold }), ...(rate === undefined ? {} : { rate }), ...(locked === undefined ? {} : { locked }),
  };
}

/** Ids of the ticked rows: the user's choice, else the first ones. */
export function tickedRows(rows: readonly CompareRow[], { hidden }: ViewState): ReadonlySet<string> {
  if (hidden !== undefined) return new Set(rows.map(({ id }) => id).filter((id) => !hidden.includes(id)));
  const first = sortedRows(rows, defaultSorting).filter(({ evaluation }) => evaluation).slice(0, tickedAtFirst);
  return new Set(first.map(({ id }) => id));
}

/** Ids that are out of the charts after one row was ticked or not. */
export function withTick(rows: readonly CompareRow[], view: ViewState, id: string, isTicked: boolean): string[] {
  const ticked = tickedRows(rows, view);
  return rows.map((row) => row.id).filter((each) => (each === id ? !isTicked : !ticked.has(each)));
}

/** A row's line: the colour goes with the run, in the order of the runs; more than four runs repeat colours with another dash. */
export function rowStyle(rows: readonly CompareRow[], row: CompareRow, theme: ChartTheme): RunStyle {
  const runs = [...new Set(rows.map(({ run }) => run))];
  const index = runs.indexOf(row.run);
  const own = theme.runs[index % theme.runs.length] as RunStyle;
  if (row.form === 'kmodel') return { color: own.color, dash: kmodelDash };
  return index < theme.runs.length ? own : { color: own.color, dash: [12, 3, ...own.dash] };
}
