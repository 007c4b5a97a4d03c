import { element, icon } from '../common/element';
import type { ExplorerModel, PhotoFilter } from './model';
import type { PageContext } from './page-context';

const shows = ['all', 'findings', 'to-check'] as const;
const typingMs = 120;

export interface ToolbarListener {
  readonly onSearch: (search: string) => void;
  readonly onShow: (show: PhotoFilter['show']) => void;
  readonly onSize: (side: number) => void;
}

/** Search, which photos, and how large. */
export class Toolbar {
  readonly root: HTMLElement;
  private readonly search: HTMLInputElement;
  private readonly size: HTMLInputElement;
  private readonly buttons = new Map<PhotoFilter['show'], HTMLElement>();
  private timer: number | undefined;
  private shownSearch = '';
  private isTyping = false;
  private cameFrom: HTMLElement | undefined;

  constructor(private readonly context: PageContext, private readonly listener: ToolbarListener) {
    const { text } = context;
    this.search = element('input', { 'type': 'search', 'id': 'search', 'placeholder': text('searchPlaceholder'), 'aria-label': text('searchLabel'), 'spellcheck': 'false' }) as HTMLInputElement;
    this.search.addEventListener('input', (event) => this.type(event instanceof InputEvent ? event.inputType : ''));
    this.search.addEventListener('keydown', () => {
      this.isTyping = true;
    });
    this.search.addEventListener('blur', () => {
      this.isTyping = false;
    });
    this.search.addEventListener('focus', (event) => {
      this.cameFrom = event.relatedTarget instanceof HTMLElement ? event.relatedTarget : undefined;
    });
    this.size = element('input', { 'type': 'range', 'id': 'tile-size', 'min': '48', 'max': '200', 'step': '4', 'aria-label': text('size') }) as HTMLInputElement;
    this.size.addEventListener('input', () => listener.onSize(Number(this.size.value)));
    this.root = element('div', { 'class': 'toolbar', 'role': 'toolbar', 'aria-label': text('filterLabel') },
      element('span', { class: 'field' }, icon('search'), this.search),
      element('span', { 'class': 'seg', 'role': 'group', 'aria-label': text('filterLabel') }, ...shows.map((show) => this.makeButton(show))),
      element('label', { class: 'row sm mute size', for: 'tile-size' }, text('size'), this.size));
  }

  update(model: ExplorerModel, filter: PhotoFilter, tileSide: number): void {
    const { text, figures } = this.context;
    const labels = { 'all': text('showAllPhotos', figures.count(model.photoCount)), 'findings': text('showFindings', figures.count(model.findingCount)), 'to-check': text('showToCheck', figures.count(model.toCheckCount)) };
    for (const [show, root] of this.buttons) {
      root.textContent = labels[show];
      root.setAttribute('aria-pressed', String(show === filter.show));
    }
    this.shownSearch = filter.search;
    if (document.activeElement !== this.search) this.search.value = filter.search;
    this.size.value = String(tileSide);
    this.size.setAttribute('aria-valuetext', text('sizeValue', tileSide));
    this.size.style.setProperty('--share', `${((tileSide - 48) / 152) * 100}%`);
  }

  focusSearch(): void {
    this.search.focus();
    this.search.select();
  }

  /** The editor's Undo also takes back what was typed here long ago, and moves the focus here, though a key was pressed elsewhere. */
  private type(inputType: string): void {
    window.clearTimeout(this.timer);
    if (inputType.startsWith('history') && !this.isTyping) {
      this.search.value = this.shownSearch;
      this.cameFrom?.focus();
    } else this.timer = window.setTimeout(() => this.listener.onSearch(this.search.value), typingMs);
  }

  private makeButton(show: PhotoFilter['show']): HTMLElement {
    const root = element('button', { 'aria-pressed': 'false' });
    root.addEventListener('click', () => this.listener.onShow(show));
    this.buttons.set(show, root);
    return root;
  }
}
