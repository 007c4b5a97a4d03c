import * as vscode from 'vscode';
import { Disposable, type DisposableLike } from '../../base/disposable';
import { errorText } from '../../base/user-error';

export interface PanelKind<Page extends DisposableLike> {
  /** Type under which the editor restores the panels. */
  readonly type: string;
  readonly title: (key: string) => string;
  /** Names of two pictures in media/: `<icon>-light.svg` and `<icon>-dark.svg`. */
  readonly icon: string;
  /** What a panel shows, from what its page has saved; undefined when that cannot be used. */
  readonly keyOf: (state: unknown) => Promise<string | undefined>;
  /** Fills a panel; what it gives is disposed with it. @throws Error when what the panel should show cannot be read */
  readonly fill: (panel: vscode.WebviewPanel, key: string) => Promise<Page>;
}

/** What all collections of panels need of the extension. */
export interface PanelSurroundings {
  readonly extensionUri: vscode.Uri;
  /** Of the workspace; keeps what panels are open. */
  readonly memory: vscode.Memento;
  readonly log: vscode.LogOutputChannel;
}

/** So many things are remembered: a tab that is closed before it was shown again tells nobody. */
const mostRemembered = 50;

interface OpenPanel<Page> {
  readonly panel: vscode.WebviewPanel;
  /** Absent while the panel is being filled. */
  page?: Page;
}

/** All open panels of one kind with their pages, one for each thing that they show; also makes them anew after a reload of the window. */
export class PanelCollection<Page extends DisposableLike = DisposableLike> extends Disposable implements vscode.WebviewPanelSerializer {
  private readonly panels = new Map<string, OpenPanel<Page>>();

  private readonly memoryKey: string;

  constructor(private readonly kind: PanelKind<Page>, private readonly surroundings: PanelSurroundings) {
    super();
    this.memoryKey = `panels:${kind.type}`;
    this.own(vscode.window.registerWebviewPanelSerializer(kind.type, this));
  }

  /** Whether the panel of this thing is in sight. */
  isVisible(key: string): boolean {
    return this.panels.get(key)?.panel.visible === true;
  }

  /** The page of a thing whose panel is open and filled. */
  page(key: string): Page | undefined {
    return this.panels.get(key)?.page;
  }

  /** The page in sight, with what it shows. */
  get visible(): { readonly key: string; readonly page: Page } | undefined {
    for (const [key, { panel, page }] of this.panels) if (page !== undefined && panel.visible) return { key, page };
    return undefined;
  }

  /** What the panels show, in the order in which they were opened. */
  get keys(): readonly string[] {
    return [...this.panels.keys()];
  }

  /**
   * Shows the panel of a thing, a new one unless there is one.
   * @param key most often a path
   * @param options `keepFocus`: whoever walks through a list goes on there
   * @throws Error when it cannot be read
   */
  async open(key: string, { keepFocus = false } = {}): Promise<void> {
    const existing = this.panels.get(key)?.panel;
    if (existing) {
      existing.reveal(undefined, keepFocus);
      return;
    }
    const panel = vscode.window.createWebviewPanel(this.kind.type, this.kind.title(key), { viewColumn: vscode.ViewColumn.Active, preserveFocus: keepFocus }, { enableScripts: true });
    try {
      await this.fill(panel, key);
    } catch (error) {
      panel.dispose();
      throw error;
    }
  }

  /** Closes the panel of a thing that is gone. */
  close(key: string): void {
    this.panels.get(key)?.panel.dispose();
  }

  /**
   * Called by the editor for each panel that was open before the window was reloaded. The editor stores what a page has saved every few seconds; for a page
   * that is younger, what panels were open is remembered here, too.
   */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    let key: string | undefined;
    try {
      key = (await this.kind.keyOf(state)) ?? this.remembered.findLast((known) => this.kind.title(known) === panel.title);
      if (key === undefined) panel.dispose();
      else await this.fill(panel, key);
    } catch (error) {
      this.surroundings.log.warn(`The panel of ${key ?? 'something unknown'} could not be restored: ${errorText(error)}`);
      panel.dispose();
    }
  }

  override dispose(): void {
    this.panels.forEach(({ page }) => page?.dispose());
    this.panels.clear();
    super.dispose();
  }

  private get remembered(): readonly string[] {
    return this.surroundings.memory.get<readonly string[]>(this.memoryKey, []);
  }

  private remember(key: string, isOpen: boolean): void {
    const others = this.remembered.filter((known) => known !== key);
    void this.surroundings.memory.update(this.memoryKey, isOpen ? [...others, key].slice(-mostRemembered) : others);
  }

  private async fill(panel: vscode.WebviewPanel, key: string): Promise<void> {
    const opened: OpenPanel<Page> = { panel };
    this.panels.set(key, opened);
    this.remember(key, true);
    panel.onDidDispose(() => {
      if (this.panels.get(key) === opened) {
        this.panels.delete(key);
        this.remember(key, false);
      }
      opened.page?.dispose();
    });
    const media = vscode.Uri.joinPath(this.surroundings.extensionUri, 'media');
    panel.iconPath = { light: vscode.Uri.joinPath(media, `${this.kind.icon}-light.svg`), dark: vscode.Uri.joinPath(media, `${this.kind.icon}-dark.svg`) };
    const page = await this.kind.fill(panel, key);
    if (this.panels.get(key) === opened) opened.page = page;
    else page.dispose();
  }
}
