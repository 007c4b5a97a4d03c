import * as vscode from 'vscode';
import { UserError } from '../../base/user-error';
import { editorTypes } from '../../ids';
import type { CommandContext } from './command-context';

/** @param file a .kmodel; when absent, that of the editor in front */
export async function runKmodel({ editors }: CommandContext, file: string | undefined): Promise<void> {
  const page = editors.kmodel.page(file);
  if (page === undefined) throw new UserError(vscode.l10n.t('No .kmodel file is open.'), vscode.l10n.t('Open one first.'));
  await page.runOnPhotos();
}

/** @param file a .kmodel; when absent, that of the editor in front */
export async function inspectModel(file: string | undefined): Promise<void> {
  const uri = file === undefined ? activeFile() : vscode.Uri.file(file);
  await vscode.commands.executeCommand('vscode.openWith', uri, editorTypes.kmodel);
}

/** @throws UserError when no tab of a file is in front */
function activeFile(): vscode.Uri {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  if (input instanceof vscode.TabInputText || input instanceof vscode.TabInputCustom) return input.uri;
  throw new UserError(vscode.l10n.t('No file is open.'), vscode.l10n.t('Open the file first, or choose it in the Explorer.'));
}
