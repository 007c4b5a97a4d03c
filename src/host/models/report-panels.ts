import { readFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import { UserError } from '../../base/user-error';

/** Editor tabs with reports of evaluations, one for each file: pages without scripts, whose own policy allows nothing but what is in them. */
export class ReportPanels extends Disposable {
  private readonly panels = new Map<string, vscode.WebviewPanel>();

  constructor(private readonly type: string) {
    super();
    this.own({ dispose: () => this.panels.forEach((panel) => panel.dispose()) });
  }

  /**
   * Shows a report as it is on disk now.
   * @param name of the model
   * @throws UserError when it cannot be read
   */
  async open(file: string, name: string): Promise<void> {
    const html = await readFile(file, 'utf8').catch((cause: unknown) => {
      throw new UserError(vscode.l10n.t('{0} cannot be read.', file), vscode.l10n.t('Evaluate the model again.'), { cause });
    });
    const panel = this.panels.get(file) ?? this.create(file, name);
    panel.webview.html = html;
    panel.reveal();
  }

  private create(file: string, name: string): vscode.WebviewPanel {
    const title = vscode.l10n.t('Evaluation: {0}', name);
    const panel = vscode.window.createWebviewPanel(this.type, title, vscode.ViewColumn.Active, { enableScripts: false, localResourceRoots: [] });
    panel.onDidDispose(() => this.panels.delete(file));
    this.panels.set(file, panel);
    return panel;
  }
}
