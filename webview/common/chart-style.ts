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

/** More runs than colours: the colours come again, each time with the dash of another. */
export function runStyle({ runs }: Pick<ChartTheme, 'runs'>, index: number): RunStyle {
  const { color } = runs[index % runs.length] as RunStyle;
  const { dash } = runs[(index + Math.floor(index / runs.length)) % runs.length] as RunStyle;
  return { color, dash };
}
