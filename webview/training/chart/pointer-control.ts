import type { RunChart } from './run-chart';
import { panned, zoomed, type Range } from './range';

const zoomStep = 1.25;

export interface ChartView {
  readonly x: Range;
  readonly wholeX: Range;
  readonly y: Range;
  readonly wholeY: Range;
}

export interface PointerControlOptions {
  readonly view: () => ChartView;
  /** undefined = the whole range */
  readonly onZoomX: (range: Range | undefined) => void;
  /** Absent where the vertical axis is fixed. */
  readonly onZoomY?: (range: Range | undefined) => void;
  readonly onReset: () => void;
  /** The cross-hair's place, or undefined when the pointer left. */
  readonly onHover: (x: number | undefined) => void;
  /** Left and Right on the focused chart: move the cross-hair by this many points. */
  readonly onStep: (points: number) => void;
}

/** Wheel zooms (with Shift the vertical axis), drag pans, double click shows all, arrows move the cross-hair. */
export function controlChart(chart: RunChart, options: PointerControlOptions): void {
  const { canvas } = chart;
  canvas.addEventListener('wheel', (event) => zoomByWheel(chart, options, event), { passive: false });
  canvas.addEventListener('dblclick', options.onReset);
  canvas.addEventListener('pointerleave', () => options.onHover(undefined));
  canvas.addEventListener('pointermove', (event) => {
    if (event.buttons === 0) options.onHover(chart.xAt(event.clientX));
  });
  canvas.addEventListener('pointerdown', (event) => startPan(chart, options, event));
  canvas.addEventListener('keydown', (event) => {
    const direction = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
    if (direction === 0) return;
    event.preventDefault();
    options.onStep(direction * (event.shiftKey ? 10 : 1));
  });
}

function zoomByWheel(chart: RunChart, options: PointerControlOptions, event: WheelEvent): void {
  const distance = event.deltaY || event.deltaX;
  const { x, wholeX, y, wholeY } = options.view();
  const factor = distance > 0 ? zoomStep : 1 / zoomStep;
  if (event.shiftKey && options.onZoomY) {
    event.preventDefault();
    options.onZoomY(zoomed(y, wholeY, chart.yAt(event.clientY) ?? y.from, factor));
    return;
  }
  const anchor = chart.xAt(event.clientX);
  const isWhole = x.from === wholeX.from && x.to === wholeX.to;
  // Zooming out of the whole range would do nothing: let the page scroll instead.
  if (anchor === undefined || event.shiftKey || (isWhole && factor > 1)) return;
  event.preventDefault();
  options.onZoomX(zoomed(x, wholeX, anchor, factor));
}

function startPan(chart: RunChart, options: PointerControlOptions, down: PointerEvent): void {
  if (down.button !== 0) return;
  const { x, wholeX } = options.view();
  if (x.from === wholeX.from && x.to === wholeX.to) return;
  const { canvas } = chart;
  const perPixel = (x.to - x.from) / Math.max(1, chart.widthPx);
  const move = (event: PointerEvent): void => options.onZoomX(panned(x, wholeX, (down.clientX - event.clientX) * perPixel));
  const end = (): void => {
    canvas.removeEventListener('pointermove', move);
    canvas.removeEventListener('pointerup', end);
    canvas.removeEventListener('pointercancel', end);
  };
  canvas.setPointerCapture(down.pointerId);
  canvas.addEventListener('pointermove', move);
  canvas.addEventListener('pointerup', end);
  canvas.addEventListener('pointercancel', end);
}
