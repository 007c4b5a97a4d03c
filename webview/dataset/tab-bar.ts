import type { ExplorerStringKey } from '../../src/protocol/explorer-strings';
import { explorerTabs, type ExplorerTab } from '../../src/protocol/explorer-tabs';
import { element } from '../common/element';
import type { PageContext } from './page-context';
import { ScrolledRow } from './scrolled-row';

const titles: Readonly<Record<ExplorerTab, ExplorerStringKey>> = {
  photos: 'tabPhotos', duplicates: 'tabDuplicates', outliers: 'tabOutliers', faceless: 'tabFaceless', split: 'tabSplit',
};

/** The tabs; a badge counts what is to be reviewed, and is there only when it is more than nothing. */
export class TabBar {
  readonly root: HTMLElement;
  private current: ExplorerTab | undefined;
  private readonly tabs = new Map<ExplorerTab, { readonly root: HTMLElement; readonly badge: HTMLElement }>();

  constructor(private readonly context: PageContext, private readonly onChoose: (tab: ExplorerTab) => void) {
    const row = element('div', { 'class': 'nav', 'role': 'tablist', 'aria-label': context.text('tabsLabel') }, ...explorerTabs.map((tab) => this.makeTab(tab)));
    this.root = element('nav', {}, new ScrolledRow(row).root);
    this.root.addEventListener('keydown', (event) => this.pressKey(event));
  }

  update(current: ExplorerTab, counts: Readonly<Partial<Record<ExplorerTab, number>>>): void {
    for (const [tab, { root, badge }] of this.tabs) {
      const isCurrent = tab === current;
      root.setAttribute('aria-selected', String(isCurrent));
      root.setAttribute('tabindex', isCurrent ? '0' : '-1');
      const count = counts[tab] ?? 0;
      badge.textContent = this.context.figures.count(count);
      badge.classList.toggle('hide', count === 0);
    }
    if (current !== this.current) this.tabs.get(current)?.root.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    this.current = current;
  }

  private makeTab(tab: ExplorerTab): HTMLElement {
    const badge = element('span', { class: 'badge num hide' });
    const root = element('button', { 'role': 'tab', 'id': `tab-${tab}`, 'aria-controls': `panel-${tab}` }, this.context.text(titles[tab]), badge);
    root.addEventListener('click', () => this.onChoose(tab));
    this.tabs.set(tab, { root, badge });
    return root;
  }

  private pressKey({ key }: KeyboardEvent): void {
    const step = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0;
    const at = explorerTabs.findIndex((tab) => this.tabs.get(tab)?.root === document.activeElement);
    const next = explorerTabs[(at + step + explorerTabs.length) % explorerTabs.length];
    if (step === 0 || at < 0 || next === undefined) return;
    this.onChoose(next);
    this.tabs.get(next)?.root.focus();
  }
}
