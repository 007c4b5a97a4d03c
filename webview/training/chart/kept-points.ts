import type { Point } from './points';

/** Where points come from, and a name that changes with them. */
export interface PointsKey {
  readonly source: object;
  readonly name: string;
}

interface Kept {
  readonly source: object;
  readonly points: Point[];
}

/** Points that were thinned for one chart, kept from drawing to drawing: most runs of a chart do not change. */
export class KeptPoints {
  private before = new Map<string, Kept>();
  private now = new Map<string, Kept>();

  /** What is not asked for until `end` is forgotten. */
  begin(): void {
    this.now = new Map();
  }

  /** @param key says what is thinned; without one nothing is kept */
  get(key: PointsKey | undefined, range: readonly number[], make: () => Point[]): Point[] {
    if (key === undefined) return make();
    const full = `${key.name} ${range.join(' ')}`;
    const known = this.before.get(full);
    const kept = known?.source === key.source ? known : { source: key.source, points: make() };
    this.now.set(full, kept);
    return kept.points;
  }

  end(): void {
    this.before = this.now;
  }
}
