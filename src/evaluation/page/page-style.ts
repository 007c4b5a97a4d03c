/** Style sheet of the evaluation page: the product's colours by meaning, dark or light as the reader's system asks, or those of the editor that shows it. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --text: var(--vscode-foreground, #1f2328); --mute: var(--vscode-descriptionForeground, #59636e); --page: var(--vscode-editor-background, #ffffff);
  --line: var(--vscode-panel-border, #d8dee4); --same: var(--vscode-charts-blue, #0969da); --different: #bc4c00;
  --band: color-mix(in srgb, var(--same) 17%, transparent);
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: var(--vscode-foreground, #d6dce2); --mute: var(--vscode-descriptionForeground, #9aa4af); --page: var(--vscode-editor-background, #16191d);
    --line: var(--vscode-panel-border, #343a42); --same: var(--vscode-charts-blue, #58a6ff); --different: #f0883e;
  }
}
/* An editor's theme need not be that of the system, and its orange lets the ground through. */
.vscode-light, .vscode-high-contrast-light { --different: #bc4c00; }
.vscode-dark, .vscode-high-contrast:not(.vscode-high-contrast-light) { --different: #f0883e; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 14px/1.5 system-ui, "Segoe UI", sans-serif; font-variant-numeric: tabular-nums; }
main { max-width: 1120px; margin: 0 auto; padding: 28px 20px 48px; }
h1 { font-size: 22px; line-height: 30px; margin: 0 0 4px; font-weight: 600; overflow-wrap: anywhere; }
h2 { font-size: 15px; line-height: 22px; margin: 0 0 8px; font-weight: 600; }
section { margin-top: 32px; }
p { margin: 0 0 8px; max-width: 78ch; }
.mute { color: var(--mute); }
.small { font-size: 12px; line-height: 18px; }
code { font: 12px ui-monospace, "Cascadia Mono", Consolas, monospace; overflow-wrap: anywhere; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 20px 24px; margin-top: 24px; padding: 16px 0; border-block: 1px solid var(--line); }
.figures dt { font-size: 12px; color: var(--mute); }
.figures dd { margin: 0; font-size: 24px; line-height: 32px; }
.figures dd.lead { font-weight: 600; }
.figures dd span { display: block; font-size: 12px; line-height: 18px; font-weight: 400; color: var(--mute); }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 320px), 1fr)); gap: 28px; }
figure { margin: 0; min-width: 0; }
figcaption { font-size: 12px; line-height: 18px; color: var(--mute); max-width: 70ch; }
svg { display: block; width: 100%; height: auto; font-size: 14px; }
svg text { fill: var(--text); }
svg text.strong { font-weight: 600; paint-order: stroke; stroke: var(--page); stroke-width: 3px; }
.grid { stroke: var(--line); } .axis, .tick { stroke: var(--mute); }
.curve { fill: none; stroke: var(--same); stroke-width: 2; stroke-linejoin: round; }
.chance { fill: none; stroke: var(--mute); stroke-dasharray: 2 4; }
.band { fill: var(--band); } .point { fill: var(--different); stroke: var(--page); stroke-width: 1.5; }
.same { fill: var(--same); fill-opacity: .38; stroke: var(--same); stroke-width: 1.25; }
.different { fill: url(#hatch); stroke: var(--different); stroke-width: 1.25; } .hatch { stroke: var(--different); stroke-width: 1.6; }
.threshold { stroke: var(--text); stroke-width: 1.5; } .interval { fill: var(--mute); fill-opacity: .2; }
.key { display: inline-block; width: 18px; height: 10px; margin: 0 6px 0 12px; vertical-align: -1px; } .key:first-child { margin-left: 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 13px; }
th { text-align: left; font-weight: 400; color: var(--mute); font-size: 12px; }
th, td { padding: 5px 16px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td.rate { white-space: nowrap; }
td.number, th.number { text-align: right; white-space: nowrap; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 32px; }
.pairs { list-style: none; margin: 0; padding: 0; }
.pairs li { display: flex; gap: 8px; align-items: center; padding: 6px 0; border-bottom: 1px solid var(--line); }
.pairs img { width: 56px; height: 56px; border-radius: 2px; flex: none; }
.pairs .names { min-width: 0; flex: 1; overflow-wrap: anywhere; font-size: 12px; line-height: 18px; }
.pairs .score { font-weight: 600; white-space: nowrap; }
dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: 4px 20px; margin: 0; font-size: 13px; }
dl.facts dt { color: var(--mute); } dl.facts dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
@media (max-width: 560px) { main { padding: 16px 4px 32px; } .figures { grid-template-columns: repeat(auto-fit, minmax(110px, 1fr)); } dl.facts { grid-template-columns: 1fr; } dl.facts dd { margin-bottom: 6px; } }
@media print { main { max-width: none; padding: 0; } section, figure { break-inside: avoid; } }
`;
