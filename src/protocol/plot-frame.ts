/** One axis of a plot: where a value lies, and its labelled lines. */
export interface PlotAxis {
  /** Share of the axis' length, 0..1; outside of it for values outside of the axis. */
  place(value: number): number;
  readonly ticks: readonly { readonly value: number; readonly label: string }[];
  /** Empty where the page says it elsewhere. */
  readonly title: string;
}

export interface Plot {
  /** For screen readers, with the finding of the plot. */
  readonly description: string;
  readonly x: PlotAxis;
  readonly y: PlotAxis;
  /** SVG elements in the plot's pixels. */
  readonly marks: (place: PlotPlace) => readonly string[];
}

export interface PlotPlace {
  x(value: number): number;
  y(value: number): number;
  readonly area: PlotArea;
}

export interface PlotArea {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Size of a drawing in pixels, and the part of it that the axes enclose. */
export interface PlotFrame {
  readonly width: number;
  readonly height: number;
  readonly area: PlotArea;
}

const reportFrame: PlotFrame = { width: 520, height: 340, area: { left: 66, right: 506, top: 14, bottom: 286 } };

/** A plot as an SVG element without styles of its own: the page's style sheet gives its classes their colours. */
export function plotSvg({ description, x, y, marks }: Plot, { width, height, area }: PlotFrame = reportFrame): string {
  const place: PlotPlace = {
    x: (value) => area.left + x.place(value) * (area.right - area.left),
    y: (value) => area.bottom - y.place(value) * (area.bottom - area.top),
    area,
  };
  const middle = { x: (area.left + area.right) / 2, y: (area.top + area.bottom) / 2 };
  return [
    `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(description)}">`,
    ...y.ticks.map(({ value, label }) => `<line class="grid" x1="${area.left}" x2="${area.right}" y1="${pixel(place.y(value))}" y2="${pixel(place.y(value))}"/>${text(area.left - 8, place.y(value) + 4, label, 'end')}`),
    ...x.ticks.map(({ value, label }) => `<line class="tick" x1="${pixel(place.x(value))}" x2="${pixel(place.x(value))}" y1="${area.bottom}" y2="${area.bottom + 4}"/>${text(place.x(value), area.bottom + 20, label, 'middle')}`),
    `<line class="axis" x1="${area.left}" x2="${area.right}" y1="${area.bottom}" y2="${area.bottom}"/>`,
    ...(x.title === '' ? [] : [text(middle.x, height - 6, x.title, 'middle')]),
    ...(y.title === '' ? [] : [`<text x="14" y="${pixel(middle.y)}" text-anchor="middle" transform="rotate(-90 14 ${pixel(middle.y)})">${escaped(y.title)}</text>`]),
    ...marks(place),
    '</svg>',
  ].join('\n');
}

/** A straight axis. */
export function linearAxis(low: number, high: number, title: string, ticks: PlotAxis['ticks']): PlotAxis {
  return { title, ticks, place: (value) => (value - low) / (high - low) };
}

/** From `low` to 1 on a logarithmic axis, with a line at each decade. */
export function rateAxis(low: number, title: string): PlotAxis {
  const decades = Math.floor(-Math.log10(low) + 1e-9);
  return {
    title,
    place: (value) => 1 - Math.log10(value) / Math.log10(low),
    ticks: Array.from({ length: decades + 1 }, (_, decade) => ({ value: 10 ** (decade - decades), label: decade === decades ? '1' : `1e-${decades - decade}` })),
  };
}

/** Rates on the scale of normal deviates, on which normally distributed scores give a straight DET curve. */
export function deviateAxis(low: number, high: number, title: string): PlotAxis {
  const from = normalDeviate(low);
  const to = normalDeviate(high);
  const rates = [1e-5, 1e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4];
  return {
    title,
    place: (value) => (normalDeviate(value) - from) / (to - from),
    ticks: rates.filter((rate) => rate >= low * 0.999 && rate <= high).map((value) => ({ value, label: `${Number((100 * value).toPrecision(1))} %` })),
  };
}

/** x with Phi(x) = share, 0 < share < 1: the start of Abramowitz and Stegun 26.2.23 (4.5e-4), good enough to draw with. */
export function normalDeviate(share: number): number {
  if (share > 0.5) return -normalDeviate(1 - share);
  const t = Math.sqrt(-2 * Math.log(share));
  return -(t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))));
}

export function polyline(className: string, points: readonly (readonly [x: number, y: number])[]): string {
  return `<polyline class="${className}" points="${points.map(([x, y]) => `${pixel(x)},${pixel(y)}`).join(' ')}"/>`;
}

export function text(x: number, y: number, content: string, anchor: 'start' | 'middle' | 'end', className?: string): string {
  return `<text x="${pixel(x)}" y="${pixel(y)}" text-anchor="${anchor}"${className === undefined ? '' : ` class="${className}"`}>${escaped(content)}</text>`;
}

export function pixel(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** For element content and for values in double quotes. */
export function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
