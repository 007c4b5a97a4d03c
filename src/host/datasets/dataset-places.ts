import * as path from 'node:path';
import * as vscode from 'vscode';

/** Where the artifacts of a photo folder lie: in the workspace folder that holds it, else in the first one. Undefined without an open folder. */
export function placesOf(photos: string): { readonly dataset: string; readonly audit: string; readonly heldOut: string; readonly policy: string; readonly pairs: string } | undefined {
  const home = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(photos)) ?? vscode.workspace.workspaceFolders?.[0];
  if (home === undefined) return undefined;
  const datasets = path.join(home.uri.fsPath, 'datasets');
  const name = path.basename(photos);
  return {
    dataset: path.join(datasets, name), audit: path.join(datasets, `${name}.audit.json`), heldOut: path.join(datasets, `${name}.held-out.txt`),
    policy: path.join(datasets, `${name}.policy.json`), pairs: path.join(datasets, `${name}.pairs.csv`),
  };
}
