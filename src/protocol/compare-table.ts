import type { CompareRow } from './compare-panel';
import type { Figures } from './figures';
import type { Fact } from './flat-facts';

export type ColumnKind = 'text' | 'count' | 'share' | 'cosine' | 'bytes' | 'number';

/** Columns that are named by hand, in their order; recipes add others. */
const known = {
  form: { kind: 'text' },
  state: { kind: 'text' },
  head: { kind: 'text' },
  network: { kind: 'text' },
  steps: { kind: 'count' },
  people: { kind: 'count' },
  images: { kind: 'count' },
  imageSize: { kind: 'count' },
  dataset: { kind: 'text' },
  parent: { kind: 'text' },
  engine: { kind: 'text' },
  tar: { kind: 'share', better: 'high', isFigure: true },
  eer: { kind: 'share', better: 'low', isFigure: true },
  accuracy: { kind: 'share', better: 'high', isFigure: true },
  auc: { kind: 'number', better: 'high', isFigure: true },
  threshold: { kind: 'cosine', isFigure: true },
  size: { kind: 'bytes', better: 'low', isFigure: true },
} as const satisfies Readonly<Record<string, { kind: ColumnKind; better?: 'high' | 'low'; isFigure?: true }>>;
export type KnownColumn = keyof typeof known;
export const knownColumns = Object.keys(known) as readonly KnownColumn[];
const recipePrefix = 'recipe.';
/** Told by the column `head`. */
const headKind = 'recipe.head.kind';

export interface Column {
  readonly key: string;
  readonly kind: ColumnKind;
  readonly better?: 'high' | 'low';
}

export interface Sorting {
  readonly column: string;
  readonly descending: boolean;
}

/** All columns that any row has: what the run is, its figures, its recipe. */
export function allColumns(rows: readonly CompareRow[]): Column[] {
  const present = new Set(rows.flatMap(({ facts }) => Object.keys(facts)));
  const ofKnown = (isFigure: boolean): Column[] => knownColumns.filter((key) => present.has(key) && ('isFigure' in known[key]) === isFigure).map((key) => ({ key, ...known[key] }));
  const recipe = [...present].filter((key) => key.startsWith(recipePrefix) && key !== headKind).map((key): Column => ({ key, kind: rows.every(({ facts }) => typeof (facts[key] ?? 0) === 'number') ? 'number' : 'text' }));
  return [...ofKnown(false), ...ofKnown(true), ...recipe];
}

/** Those in which the rows differ, and the figures that decide. Equal ones say nothing beside each other. */
export function changedColumns(rows: readonly CompareRow[]): Column[] {
  const always: readonly string[] = ['tar', 'eer', 'accuracy', 'threshold'] satisfies KnownColumn[];
  return allColumns(rows).filter(({ key }) => always.includes(key) || new Set(rows.map(({ facts }) => facts[key])).size > 1);
}

/** Rows without a value come last, whichever way is sorted; equal ones keep their order. */
export function sortedRows(rows: readonly CompareRow[], { column, descending }: Sorting): CompareRow[] {
  const valueOf = (row: CompareRow): Fact | undefined => (column === 'name' ? row.name : row.facts[column]);
  return [...rows].sort((first, second) => {
    const [a, b] = [valueOf(first), valueOf(second)];
    if (a === undefined || a === null || b === undefined || b === null) return Number(a === undefined || a === null) - Number(b === undefined || b === null);
    const order = typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true });
    return descending ? -order : order;
  });
}

/** Ids of the rows with the best value of a column; none when all are alike or the column has no better side. */
export function bestRows(rows: readonly CompareRow[], { key, better }: Column): ReadonlySet<string> {
  const values = rows.flatMap(({ id, facts: { [key]: value } }) => (typeof value === 'number' ? [{ id, value }] : []));
  if (better === undefined || values.length < 2) return new Set();
  const numbers = values.map(({ value }) => value);
  const best = better === 'high' ? Math.max(...numbers) : Math.min(...numbers);
  const holders = values.filter(({ value }) => value === best);
  return new Set(holders.length === values.length ? [] : holders.map(({ id }) => id));
}

/** A value as people read it; an absent one is a dash. */
export function cellText(value: Fact | undefined, kind: ColumnKind, figures: Figures): string {
  if (value === undefined || value === null) return '–';
  if (typeof value !== 'number') return String(value);
  switch (kind) {
    case 'text':
      return String(value);
    case 'count':
      return figures.count(value);
    case 'share':
      return figures.percentText(value);
    case 'cosine':
      return figures.fixed(value, 2);
    case 'bytes':
      return value < 1024 * 1024 ? `${figures.count(Math.round(value / 1024))}\u00a0KiB` : `${figures.fixed(value / (1024 * 1024), 1)}\u00a0MiB`;
    case 'number':
      return Number.isInteger(value) && Math.abs(value) < 1e6 ? figures.count(value) : String(Number(value.toPrecision(4)));
  }
}

/** "Head margin warm-up" for "recipe.head.marginWarmUp"; known columns have titles of their own. */
export function recipeTitle(key: string): string {
  const words = key.slice(recipePrefix.length).replaceAll('.', ' ').replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The smallest false accept rate from 1e-3 on that every evaluation decides, so that one column compares them all; undefined without evaluations. */
export function commonRate(rows: readonly CompareRow[]): number | undefined {
  const evaluations = rows.flatMap(({ evaluation }) => (evaluation ? [evaluation] : []));
  const rates = [1e-3, 1e-2, 1e-1];
  return evaluations.length === 0 ? undefined : rates.find((rate) => evaluations.every(({ tarAtFar }) => tarAtFar.some(({ far }) => far === rate)));
}

/** The rows with their true accept rate at a rate of false accepts as the fact `tar`. */
export function withTarAt(rows: readonly CompareRow[], rate: number | undefined): CompareRow[] {
  return rows.map((row) => {
    const tar = row.evaluation?.tarAtFar.find(({ far }) => far === rate)?.tar;
    return tar === undefined ? row : { ...row, facts: { ...row.facts, tar } };
  });
}
