import * as vscode from 'vscode';

/** Why a page may change nothing and start no job, if so. */
export function lockedReason(): string | undefined {
  return vscode.workspace.isTrusted ? undefined : vscode.l10n.t('This workspace is not trusted.');
}
