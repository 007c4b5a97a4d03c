import { randomBytes } from 'node:crypto';
import type { PageStrings } from '../../protocol/page-strings';

export interface PageHtmlOptions {
  readonly scriptUri: string;
  readonly styleUri: string;
  /** The webview's own source for content security policies. */
  readonly cspSource: string;
  /** BCP 47 tag of the editor's language. */
  readonly language: string;
  readonly title: string;
  readonly strings: PageStrings;
}

/** A page's document. Each call makes a new nonce. */
export function pageHtml({ scriptUri, styleUri, cspSource, language, title, strings }: PageHtmlOptions): string {
  const nonce = randomBytes(16).toString('base64url');
  // The components set style attributes (style-src-attr) and read the nonce from the meta element for a style of their own.
  const policy = [
    `default-src 'none'`, `script-src 'nonce-${nonce}'`, `style-src ${cspSource} 'nonce-${nonce}'`, `style-src-attr 'unsafe-inline'`,
    `img-src ${cspSource} data:`, `font-src ${cspSource}`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="${escapeHtml(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">
<meta property="csp-nonce" content="${nonce}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${escapeHtml(styleUri)}">
<title>${escapeHtml(title)}</title>
</head>
<body>
<main aria-busy="true"></main>
<script type="application/json" id="strings">${JSON.stringify(strings).replaceAll('<', '\\u003c')}</script>
<script nonce="${nonce}" src="${escapeHtml(scriptUri)}"></script>
</body>
</html>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
