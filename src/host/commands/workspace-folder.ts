import * as vscode from 'vscode';
import { CancelledError, UserError } from '../../base/user-error';

/**
 * Folder for new artifacts: the workspace's only folder, the one that holds `near`, or the one that the user picks.
 * @throws UserError when no folder is open, CancelledError when none was picked
 */
export async function chooseWorkspaceFolder(near?: string): Promise<string> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const holder = near === undefined ? undefined : vscode.workspace.getWorkspaceFolder(vscode.Uri.file(near));
  const only = holder ?? (folders.length === 1 ? folders[0] : undefined);
  if (only) return only.uri.fsPath;
  if (folders.length === 0) {
    throw new UserError(vscode.l10n.t('No folder is open, so there is no place for datasets and runs.'), vscode.l10n.t('Open a folder first.'));
  }
  const picked = await vscode.window.showWorkspaceFolderPick({ placeHolder: vscode.l10n.t('Folder for datasets and runs') });
  if (picked === undefined) throw new CancelledError();
  return picked.uri.fsPath;
}
