/** Questions to the user. Whoever does not answer cancels what asked: each of these throws a CancelledError then. */
import * as vscode from 'vscode';
import { CancelledError } from '../base/user-error';
import { photoExtensions } from '../dataset/scan';

/** Path of a file or folder that is there. */
export async function askPath(options: vscode.OpenDialogOptions): Promise<string> {
  const [chosen] = (await vscode.window.showOpenDialog(options)) ?? [];
  return answered(chosen).fsPath;
}

/** Paths of photos that are there; @param options with `canSelectMany` several may be chosen */
export async function askPhotos(options: Omit<vscode.OpenDialogOptions, 'filters'>): Promise<string[]> {
  const filters = { [vscode.l10n.t('Photos')]: photoExtensions.map((extension) => extension.slice(1)) };
  return answered(await vscode.window.showOpenDialog({ ...options, filters })).map(({ fsPath }) => fsPath);
}

/** Path of a file to write; the dialog asks before one is replaced. */
export async function askSavePath(options: vscode.SaveDialogOptions): Promise<string> {
  return answered(await vscode.window.showSaveDialog(options)).fsPath;
}

export async function askText(options: vscode.InputBoxOptions): Promise<string> {
  return answered(await vscode.window.showInputBox(options));
}

export async function askItem<Item extends vscode.QuickPickItem>(items: readonly Item[], options: vscode.QuickPickOptions): Promise<Item> {
  return answered(await vscode.window.showQuickPick(items, options));
}

export async function askItems<Item extends vscode.QuickPickItem>(items: readonly Item[], options: vscode.QuickPickOptions): Promise<readonly Item[]> {
  return answered(await vscode.window.showQuickPick(items, { ...options, canPickMany: true }));
}

/** @param action what the button says that goes on */
export async function confirm(question: string, detail: string, action: string): Promise<void> {
  const choice = await vscode.window.showWarningMessage(question, { modal: true, detail }, action);
  if (choice !== action) throw new CancelledError();
}

function answered<Answer>(answer: Answer | undefined): Answer {
  if (answer === undefined) throw new CancelledError();
  return answer;
}
