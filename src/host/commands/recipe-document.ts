import { existsSync } from 'node:fs';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../base/user-error';
import type { AdvisedSetting } from '../../protocol/learning-findings';
import { jsonPlaces, type TextRange } from '../diagnostics/json-places';
import type { RunEntry } from '../runs/run-entry';
import { chooseWorkspaceFolder } from './workspace-folder';

/** How files with recipes end. */
export const recipeEnding = '.recipe.json';

/** The run's whole recipe as a new document that can be saved and trained with. */
export async function showRecipe({ record }: RunEntry): Promise<void> {
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language: 'json', content: recipeText(record) }));
}

/**
 * Shows the recipe to change for another run after this one, beside what shows the run, and marks the value of a setting in it. It is the file
 * that has the run's name; where there is none yet, a document with the run's recipe that gets this name when it is saved.
 */
export async function openNextRecipe({ folder, record }: RunEntry, setting: AdvisedSetting): Promise<void> {
  const file = vscode.Uri.file(path.join(await chooseWorkspaceFolder(folder), path.basename(folder) + recipeEnding));
  const uri = existsSync(file.fsPath) ? file : file.with({ scheme: 'untitled' });
  // A new document that is there before its tab gets another one from the editor, which lets nothing unsaved be out of sight.
  await vscode.commands.executeCommand('vscode.open', uri, vscode.ViewColumn.Beside);
  const document = await vscode.workspace.openTextDocument(uri);
  const editor = await vscode.window.showTextDocument(document);
  // One that is open already may have been changed.
  if (document.getText() === '') await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), recipeText(record)));
  const place = settingPlace(document.getText(), setting);
  if (place === undefined) return;
  editor.selection = new vscode.Selection(document.positionAt(place.start), document.positionAt(place.end));
  editor.revealRange(editor.selection, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}

/** A training reads the file: what was changed in an editor is saved first. @throws UserError when that fails */
export async function saveRecipe(file: string): Promise<void> {
  const changed = vscode.workspace.textDocuments.find(({ isDirty, uri }) => isDirty && uri.fsPath === file);
  if (changed === undefined || (await changed.save())) return;
  throw new UserError(vscode.l10n.t('{0} was not saved.', path.basename(file)), vscode.l10n.t('Save it, then train with it.'));
}

function recipeText({ recipe }: RunEntry['record']): string {
  return `${JSON.stringify(recipe, null, 2)}\n`;
}

/**
 * Where a setting's value stands in the text of a recipe.
 * @param setting dotted name
 * @returns where the section stands that it belongs into, when it is left out; undefined when that is left out too
 */
export function settingPlace(text: string, setting: string): TextRange | undefined {
  const places = jsonPlaces(text);
  const names = setting.split('.');
  return places(names)?.value ?? places(names.slice(0, -1))?.key;
}
