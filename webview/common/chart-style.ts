/** Colours for canvases, read from the editor's theme. Everything outside a canvas uses the variables in CSS. */
export interface ChartTheme {
  readonly text: string;
  readonly muted: string;
  readonly grid: string;
  readonly axis: string;
  readonly background: string;
  /** Ground of the steps still to come. */
  readonly tint: string;
  readonly runs: readonly RunStyle[];
  readonly fontFamily: string;
  /** Size of axis labels in CSS pixels. */
  readonly fontSize: number;
}

/** Colour is never the only sign: each run also has its dash. */
export interface RunStyle {
  readonly color: string;
  readonly dash: readonly number[];
}
