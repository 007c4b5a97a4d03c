import * as vscode from 'vscode';
import { Disposable, type DisposableLike } from '../../base/disposable';

/** One kind of read-only editor: every tab of it, and the one that is in front. */
export class ReadOnlyEditor<Page extends DisposableLike> extends Disposable implements vscode.CustomReadonlyEditorProvider {
  private readonly pages = new Map<vscode.WebviewPanel, { readonly page: Page; readonly file: string }>();

  /** @param open fills a tab with a file; what it gives is disposed with the tab */
  constructor(type: string, private readonly open: (panel: vscode.WebviewPanel, file: string) => Promise<Page>) {
    super();
    this.own(vscode.window.registerCustomEditorProvider(type, this, { supportsMultipleEditorsPerDocument: true }));
  }

  /** The page in front, or the visible one of a file. */
  page(file?: string): Page | undefined {
    const fits = [...this.pages].find(([panel, entry]) => (file === undefined ? panel.active : panel.visible && entry.file === file));
    return fits?.[1].page;
  }

  openCustomDocument(uri: vscode.Uri): vscode.CustomDocument {
    return { uri, dispose: () => undefined };
  }

  async resolveCustomEditor({ uri }: vscode.CustomDocument, panel: vscode.WebviewPanel): Promise<void> {
    let isClosed = false;
    panel.onDidDispose(() => {
      isClosed = true;
      this.pages.get(panel)?.page.dispose();
      this.pages.delete(panel);
    });
    const page = await this.open(panel, uri.fsPath);
    if (isClosed || this.isDisposed) page.dispose();
    else this.pages.set(panel, { page, file: uri.fsPath });
  }

  override dispose(): void {
    for (const { page } of this.pages.values()) page.dispose();
    this.pages.clear();
    super.dispose();
  }
}
