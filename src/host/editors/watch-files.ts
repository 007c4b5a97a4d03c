import * as path from 'node:path';
import * as vscode from 'vscode';
import type { DisposableLike } from '../../base/disposable';

/** Writers touch a file several times in a row. */
const quietMs = 300;

/** Calls back after one of these files of one folder was made, changed or removed. */
export function watchFiles(folder: string, names: readonly string[], onChange: () => void): DisposableLike {
  // All of the folder, because names may hold characters that mean something in a pattern.
  const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(vscode.Uri.file(folder), '*'));
  let timer: NodeJS.Timeout | undefined;
  const notice = ({ fsPath }: vscode.Uri): void => {
    if (!names.includes(path.basename(fsPath))) return;
    clearTimeout(timer);
    timer = setTimeout(onChange, quietMs);
  };
  watcher.onDidChange(notice);
  watcher.onDidCreate(notice);
  watcher.onDidDelete(notice);
  return {
    dispose: () => {
      clearTimeout(timer);
      watcher.dispose();
    },
  };
}
