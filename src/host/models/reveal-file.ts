import * as vscode from 'vscode';

/** Shows a file in the editor's explorer, or outside of the workspace in that of the system. */
export async function reveal(file: string): Promise<void> {
  const uri = vscode.Uri.file(file);
  await vscode.commands.executeCommand(vscode.workspace.getWorkspaceFolder(uri) ? 'revealInExplorer' : 'revealFileInOS', uri);
}
