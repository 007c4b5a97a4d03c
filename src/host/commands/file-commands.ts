import * as path from 'node:path';
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

/** @param file a .kmodel or .kfpkg; when absent, that of the editor in front */
export async function inspectModel({ editors }: CommandContext, file: string | undefined): Promise<void> {
  const { fsPath } = fileUri(file);
  if (path.extname(fsPath).toLowerCase() === '.kfpkg') await editors.packages.open(fsPath);
  else await openWith(fsPath, editorTypes.kmodel);
}

/** @param file a pair list in any form; when absent, that of the editor in front */
export async function openPairs(file: string | undefined): Promise<void> {
  await openWith(fileUri(file).fsPath, editorTypes.pairs);
}

async function openWith(file: string, type: (typeof editorTypes)[keyof typeof editorTypes]): Promise<void> {
  await vscode.commands.executeCommand('vscode.openWith', vscode.Uri.file(file), type);
}

/** @throws UserError when no file is given and no tab of one is in front */
function fileUri(file: string | undefined): vscode.Uri {
  if (file !== undefined) return vscode.Uri.file(file);
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  if (input instanceof vscode.TabInputText || input instanceof vscode.TabInputCustom) return input.uri;
  throw new UserError(vscode.l10n.t('No file is open.'), vscode.l10n.t('Open the file first, or choose it in the Explorer.'));
}
