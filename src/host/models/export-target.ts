import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../base/user-error';
import { kmodelFactsFile, parseKmodelFacts } from '../../kmodel/kmodel-facts';
import { askPath, askSavePath, confirm } from '../ask';
import { defaultTarget, targetForms, type TargetFormat } from './export-formats';
import type { ModelSource } from './model-source';

const folderKey = 'export.folder';
/** One of these marks a folder that an export of this format may replace. */
const folderMarks: Partial<Record<TargetFormat, string>> = { tfjs: 'model.json', savedmodel: 'saved_model.pb' };

/**
 * Asks where to save; what is there already is replaced only when the user has agreed.
 * @throws CancelledError when the user does not choose, UserError when something else is in the way
 */
export async function askTarget(source: ModelSource, format: TargetFormat, title: string, memory: vscode.Memento): Promise<string> {
  const suggestion = freeOfOtherFiles(defaultTarget(source, format, memory.get<string>(folderKey)), format);
  const out = targetForms[format].isFolder ? await askFolder(suggestion, format, title) : await askFile(suggestion, format, title);
  if (format === 'kmodel') await requireFactsFile(out);
  // The place beside the model is found again by itself; only another one is worth remembering.
  await memory.update(folderKey, path.dirname(out) === source.home ? undefined : path.dirname(out));
  return out;
}

/** A .kmodel has its facts in a .json file of the same name, which may belong to something else: run.json, model.json. */
function freeOfOtherFiles(suggestion: string, format: TargetFormat): string {
  if (format !== 'kmodel' || existsSync(suggestion) || !existsSync(kmodelFactsFile(suggestion))) return suggestion;
  const { dir, name, ext } = path.parse(suggestion);
  return path.join(dir, `${name}-k210${ext}`);
}

async function askFile(suggestion: string, format: TargetFormat, title: string): Promise<string> {
  const { ending } = targetForms[format];
  const extension = ending.slice(ending.lastIndexOf('.'));
  const chosen = await askSavePath({
    title, defaultUri: vscode.Uri.file(suggestion), saveLabel: vscode.l10n.t('Save'), filters: { [extension.slice(1).toUpperCase()]: [extension.slice(1)] },
  });
  if (path.extname(chosen).toLowerCase() === extension) return chosen;
  const out = `${chosen}${extension}`;
  // The dialog has asked about the name that was typed, not about this one.
  if (existsSync(out)) throw new UserError(vscode.l10n.t('{0} exists already.', out), vscode.l10n.t('Choose another name, or type it with its ending to replace the file.'));
  return out;
}

/** The dialog chooses the folder in which the model's own folder is made. */
async function askFolder(suggestion: string, format: TargetFormat, title: string): Promise<string> {
  const parent = await askPath({
    title: vscode.l10n.t('{0}: Where to Make the Folder {1}', title, path.basename(suggestion)), defaultUri: vscode.Uri.file(path.dirname(suggestion)),
    canSelectFolders: true, canSelectFiles: false, openLabel: vscode.l10n.t('Save Here'),
  });
  const out = path.join(parent, path.basename(suggestion));
  if (existsSync(out)) await confirmReplacement(out, folderMarks[format] ?? '');
  return out;
}

async function confirmReplacement(folder: string, mark: string): Promise<void> {
  if (!existsSync(path.join(folder, mark))) {
    throw new UserError(vscode.l10n.t('{0} exists already and holds something else than a model.', folder), vscode.l10n.t('Choose another place.'));
  }
  const detail = vscode.l10n.t('The model in {0} is replaced when the new one is complete.', folder);
  await confirm(vscode.l10n.t('Replace {0}?', path.basename(folder)), detail, vscode.l10n.t('Replace'));
}

/** @throws UserError when the facts of a .kmodel would replace a file of another kind */
async function requireFactsFile(out: string): Promise<void> {
  const facts = kmodelFactsFile(out);
  const text = await readFile(facts, 'utf8').catch(() => undefined);
  if (text === undefined) return;
  try {
    parseKmodelFacts(text);
  } catch (cause) {
    throw new UserError(vscode.l10n.t('The facts of the model would replace {0}, which is something else.', facts), vscode.l10n.t('Choose another name for the .kmodel file.'), { cause });
  }
}
