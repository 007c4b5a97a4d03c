/** Whether what is drawn has changed since the last drawing. */
export class DrawnKey {
  private shown: string | undefined;

  /** @param parts everything that the drawing reads; compared as JSON */
  isNew(...parts: readonly unknown[]): boolean {
    const now = JSON.stringify(parts);
    if (now === this.shown) return false;
    this.shown = now;
    return true;
  }
}

/** Draws the content of an element again only when what is shown has changed, and keeps the focus on the same control. */
export class Redrawn {
  private readonly key = new DrawnKey();

  constructor(readonly root: HTMLElement) {}

  /** @param key everything that `draw` reads */
  draw(key: unknown, draw: () => readonly (Node | string)[]): void {
    if (!this.key.isNew(key)) return;
    const focused = this.root.contains(document.activeElement) ? this.nameOf(document.activeElement) : undefined;
    this.root.replaceChildren(...draw());
    if (focused !== undefined) this.root.querySelector<HTMLElement>(focused)?.focus();
  }

  private nameOf(target: Element | null): string | undefined {
    const named = target?.closest<HTMLElement>('[data-action], [data-port]');
    if (!named) return undefined;
    const { action, port } = named.dataset;
    return [action === undefined ? '' : `[data-action="${action}"]`, port === undefined ? '' : `[data-port="${CSS.escape(port)}"]`].join('');
  }
}
