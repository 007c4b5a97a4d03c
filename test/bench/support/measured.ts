/** What a figure should be. */
export type Wanted = { readonly atLeast: number } | { readonly below: number };

/** One figure of a bench. */
export interface Measured {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly wanted?: Wanted;
}

/** A row of a table that says what was asked for and whether it was reached. */
export type Verdict = Readonly<Record<'what' | 'seen' | 'wanted' | 'met', string>>;

export function verdictOf({ what, value, unit, wanted }: Measured): Verdict {
  return { what, seen: `${value} ${unit}`, wanted: wantedText(wanted), met: wanted === undefined ? '' : isMet(value, wanted) ? 'yes' : 'no' };
}

/** E.g. ">= 150"; empty when nothing is asked for. */
export function wantedText(wanted: Wanted | undefined): string {
  if (wanted === undefined) return '';
  return 'atLeast' in wanted ? `>= ${wanted.atLeast}` : `< ${wanted.below}`;
}

export function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function isMet(value: number, wanted: Wanted): boolean {
  return 'atLeast' in wanted ? value >= wanted.atLeast : value < wanted.below;
}
