import type { ChartTheme } from './chart-style';

export type { ChartTheme, RunStyle } from './chart-style';

const runVariables = [
  { variable: '--vscode-charts-blue', dash: [] },
  { variable: '--vscode-charts-purple', dash: [7, 3] },
  { variable: '--vscode-charts-green', dash: [9, 3, 2, 3] },
  { variable: '--vscode-charts-orange', dash: [2, 3] },
] as const;

export function readChartTheme(): ChartTheme {
  const style = getComputedStyle(document.body);
  const read = (name: string): string => style.getPropertyValue(name).trim() || style.color;
  const text = read('--vscode-foreground');
  return {
    text,
    muted: read('--vscode-descriptionForeground'),
    grid: withAlpha(read('--vscode-charts-lines'), 0.28),
    axis: read('--vscode-charts-lines'),
    background: read('--vscode-editor-background'),
    tint: withAlpha(text, 0.05),
    runs: runVariables.map(({ variable, dash }) => ({ color: opaque(read(variable)), dash })),
    fontFamily: style.fontFamily,
    fontSize: Math.round((parseFloat(style.fontSize) * 11) / 13),
  };
}

/** Some themes' chart colours let the ground through; lines and hatches then have too little contrast. */
function opaque(color: string): string {
  const [, channels] = /^rgba\(([\d.]+, *[\d.]+, *[\d.]+), *[\d.]+\)$/.exec(color) ?? [];
  if (channels !== undefined) return `rgb(${channels})`;
  return /^#[\da-f]{8}$/i.test(color) ? color.slice(0, 7) : color;
}

/** `color` with its opacity multiplied by `alpha`, as a canvas understands it. */
export function withAlpha(color: string, alpha: number): string {
  return `color-mix(in srgb, ${color} ${alpha * 100}%, transparent)`;
}

/** Calls back when the editor changes its theme, its zoom or its contrast. */
export function watchTheme(onChange: () => void): void {
  const observer = new MutationObserver(onChange);
  observer.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });
}
