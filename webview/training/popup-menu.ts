import { element } from '../common/element';

export interface MenuItem {
  readonly label: string;
  /** Absent: the item only says something. */
  readonly onChoose?: () => void;
}

/** A small menu at a place of the page. Escape, a press elsewhere or a choice closes it, and the focus goes back. */
export class PopupMenu {
  readonly root = element('div', { class: 'menu hide', role: 'menu' });
  private opener: HTMLElement | undefined;

  constructor() {
    this.root.addEventListener('keydown', (event) => this.pressKey(event));
    document.addEventListener('pointerdown', (event) => {
      if (!this.root.contains(event.target as Node)) this.close();
    });
  }

  /**
   * @param opener gets the focus back
   * @param left pixels from the left edge of `opener`'s box
   * @param top pixels from its top
   */
  open(opener: HTMLElement, label: string, items: readonly MenuItem[], left: number, top: number): void {
    this.opener = opener;
    this.root.setAttribute('aria-label', label);
    this.root.replaceChildren(element('div', { class: 'menu-title', role: 'presentation' }, label), ...items.map((item) => this.item(item)));
    const box = opener.getBoundingClientRect();
    this.root.classList.remove('hide');
    const { width, height } = this.root.getBoundingClientRect();
    this.root.style.left = `${Math.max(4, Math.min(box.left + left, window.innerWidth - width - 4))}px`;
    this.root.style.top = `${Math.max(4, Math.min(box.top + top, window.innerHeight - height - 4))}px`;
    this.entries()[0]?.focus();
  }

  close(): void {
    if (this.root.classList.contains('hide')) return;
    const hadFocus = this.root.contains(document.activeElement);
    this.root.classList.add('hide');
    if (hadFocus) this.opener?.focus();
  }

  private item({ label, onChoose }: MenuItem): HTMLElement {
    const made = element('button', { type: 'button', role: 'menuitem', tabindex: '-1', ...(onChoose === undefined ? { 'aria-disabled': 'true' } : {}) }, label);
    if (onChoose) {
      made.addEventListener('click', () => {
        this.close();
        onChoose();
      });
    }
    return made;
  }

  private entries(): HTMLElement[] {
    return [...this.root.querySelectorAll<HTMLElement>('[role="menuitem"]')];
  }

  private pressKey(event: KeyboardEvent): void {
    const entries = this.entries();
    const index = entries.indexOf(document.activeElement as HTMLElement);
    const moves: Readonly<Record<string, number>> = { ArrowDown: index + 1, ArrowUp: index - 1 + entries.length, Home: 0, End: entries.length - 1 };
    const target = moves[event.key];
    if (event.key === 'Escape' || event.key === 'Tab') this.close();
    else if (target === undefined) return;
    else entries[target % entries.length]?.focus();
    event.preventDefault();
    event.stopPropagation();
  }
}
