import { element, icon } from '../common/element';

/** Less than this is what rounding leaves, pixels. */
const slack = 1;

/** A row that scrolls sideways where it is too wide, with an arrow over each end that more lies behind. By keys all of it is reached without them. */
export class ScrolledRow {
  readonly root: HTMLElement;
  private readonly before = this.arrow('before', -1);
  private readonly after = this.arrow('after', 1);

  constructor(private readonly row: HTMLElement) {
    this.root = element('div', { class: 'scrolled-row' }, row, this.before, this.after);
    row.addEventListener('scroll', () => this.showArrows());
    const sizes = new ResizeObserver(() => this.showArrows());
    for (const watched of [row, ...row.children]) sizes.observe(watched);
  }

  private arrow(side: 'before' | 'after', direction: -1 | 1): HTMLElement {
    const arrow = element('button', { 'type': 'button', 'class': `beyond ${side} hide`, 'tabindex': '-1', 'aria-hidden': 'true' }, icon(direction < 0 ? 'chevron-left' : 'chevron-right'));
    arrow.addEventListener('click', () => this.row.scrollBy({ left: (direction * this.row.clientWidth) / 2 }));
    return arrow;
  }

  private showArrows(): void {
    const { scrollLeft, clientWidth, scrollWidth } = this.row;
    this.before.classList.toggle('hide', scrollLeft <= slack);
    this.after.classList.toggle('hide', scrollLeft + clientWidth >= scrollWidth - slack);
  }
}
