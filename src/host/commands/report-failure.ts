import * as vscode from 'vscode';
import { CancelledError, UserError, errorText } from '../../base/user-error';

/** Shows a failure once: an expected one as its sentence, a defect with the way to the log. A cancelled operation says nothing. */
export function reportFailure(error: unknown, log: vscode.LogOutputChannel): void {
  if (error instanceof CancelledError) return;
  log.error(error instanceof UserError ? errorText(error) : error instanceof Error ? error : String(error));
  const showLog = vscode.l10n.t('Show Log');
  void vscode.window.showErrorMessage(errorText(error), showLog).then((choice) => {
    if (choice === showLog) log.show();
  });
}
