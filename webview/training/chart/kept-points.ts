import type { Point } from './points';

/** Points that were thinned for one chart, kept from drawing to drawing: most runs of a chart do not change. */
export class KeptPoints {
  private before = new Map<string, Point[]>();
  private now = new Map<string, Point[]>();

  /** What is not asked for until `end` is forgotten. */
  begin(): void {
    this.now = new Map();
  }

  /** @param key names what is thinned; without one nothing is kept */
  get(key: string | undefined, range: readonly number[], make: () => Point[]): Point[] {
    if (key === undefined) return make();
    const full = `${key} ${range.join(' ')}`;
    const points = this.before.get(full) ?? make();
    this.now.set(full, points);
    return points;
  }

  end(): void {
    this.before = this.now;
  }
}
