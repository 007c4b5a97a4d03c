import type { ChartTheme, RunStyle } from '../../common/chart-style';
import type { PointsKey } from './kept-points';
import type { Point, Points } from './points';
import type { Range } from './range';

/** What is drawn on a chart besides its curves. All `x` are values of the horizontal axis. */
export interface ChartMarks {
  /** Where a run was forked from its parent, the latest last. */
  readonly forks: readonly { readonly x: number; readonly title: string; readonly note: string }[];
  readonly checkpoints: readonly number[];
  readonly best?: { readonly x: number; readonly label: string };
  /** End of a live run: all beyond is still to come. */
  readonly liveEnd?: { readonly x: number; readonly y: number; readonly label: string; readonly color: string };
  /** Last finite value of a run whose loss stopped being a number. */
  readonly broken: readonly { readonly x: number; readonly y: number; readonly color: string }[];
  readonly crossHair?: number;
  /** Whether forks have their label on this chart. */
  readonly labelled: boolean;
}

/** One run in one chart. */
export interface ChartSeries {
  readonly runId: string;
  readonly runName: string;
  readonly style: RunStyle;
  /** The faint line of each step, where the curve is smoothed. */
  readonly raw?: Points;
  readonly curve: Points;
  /** Each value is a measurement of its own, drawn as a dot. */
  readonly isMeasured?: boolean;
  /** Tell the content of curve and raw line: what was drawn of them is used again while it stays the same. */
  readonly key?: PointsKey;
  readonly rawKey?: PointsKey;
  /** 1, or less when another run is lifted. */
  readonly strength: number;
}

export interface ChartInput {
  readonly series: readonly ChartSeries[];
  readonly x: Range;
  readonly y: Range;
  readonly logY: boolean;
  readonly marks: ChartMarks;
  readonly theme: ChartTheme;
  /** Distance of the vertical axis's ticks; found by itself when absent. */
  readonly tickDistance?: number;
  readonly formatX: (value: number) => string;
  readonly formatY: (value: number) => string;
}

/** What was drawn, for the hidden table. */
export interface DrawnSeries {
  readonly runId: string;
  readonly runName: string;
  readonly points: readonly Point[];
}
