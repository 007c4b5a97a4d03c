import { homedir } from 'node:os';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { writeFileAtomic } from '../../base/atomic-file';
import { csvRow } from '../../base/csv';
import { UserError } from '../../base/user-error';
import type { CompareRequest, CompareRow } from '../../protocol/compare-panel';
import type { Fact } from '../../protocol/flat-facts';
import { askItem, askSavePath } from '../ask';
import { reveal } from '../models/reveal-file';
import { rowEvaluationFolder } from './compare-rows';
import { readStoredReport } from './stored-evaluation';

type ExportParams = Extract<CompareRequest, { name: 'export' }>['params'];

interface Choice extends vscode.QuickPickItem {
  readonly fileName: string;
  readonly content: () => Promise<string>;
}

/**
 * Asks what of a comparison to save and where, and saves it.
 * @param rows all rows, with the facts of the page's table
 * @throws CancelledError when the user does not choose
 */
export async function exportComparison(rows: readonly CompareRow[], params: ExportParams, titleOf: (column: string) => string): Promise<void> {
  const { t } = vscode.l10n;
  const ordered = (ids: readonly string[]): CompareRow[] => ids.flatMap((id) => rows.find((row) => row.id === id) ?? []);
  const choices: Choice[] = [
    { label: t('Table as CSV'), description: t('the columns and rows that are shown, not rounded'), fileName: 'runs.csv', content: () => Promise.resolve(tableCsv(ordered(params.rows), params.columns, titleOf)) },
    { label: t('Curve Points as CSV'), description: t('false and true accept rate at each threshold of the ticked rows'), fileName: 'roc-points.csv', content: () => pointsCsv(ordered(params.shown)) },
    { label: t('Curves as SVG'), fileName: 'curves.svg', content: () => Promise.resolve(params.curves) },
    { label: t('Scores as SVG'), fileName: 'scores.svg', content: () => Promise.resolve(params.scores) },
  ];
  const title = t('Export Comparison');
  const picked = await askItem(choices, { title });
  const content = await picked.content();
  if (content === '') throw new UserError(t('Nothing is drawn that could be saved.'), t('Evaluate a run and tick it.'));
  const extension = path.extname(picked.fileName).slice(1);
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? homedir();
  const file = await askSavePath({ title, defaultUri: vscode.Uri.file(path.join(folder, picked.fileName)), filters: { [extension.toUpperCase()]: [extension] } });
  await writeFileAtomic(file, content);
  void tellSaved(file);
}

function tableCsv(rows: readonly CompareRow[], columns: readonly string[], titleOf: (column: string) => string): string {
  return [[vscode.l10n.t('Run'), ...columns.map(titleOf)], ...rows.map((row) => [row.name, ...columns.map((column) => row.facts[column])])].map(csvRow).join('');
}

/** Columns run, form, far, tar, threshold; the first threshold of a curve, which accepts nothing, is empty. */
async function pointsCsv(rows: readonly CompareRow[]): Promise<string> {
  const lines: Fact[][] = [['run', 'form', 'far', 'tar', 'threshold']];
  for (const row of rows) {
    if (row.evaluation === undefined) continue;
    const { curve } = await readStoredReport(rowEvaluationFolder(row));
    lines.push(...curve.roc.map(({ far, tar, threshold }) => [row.name, row.form, far, tar, threshold]));
  }
  return lines.length === 1 ? '' : lines.map(csvRow).join('');
}

async function tellSaved(file: string): Promise<void> {
  const show = vscode.l10n.t('Reveal');
  if ((await vscode.window.showInformationMessage(vscode.l10n.t('Saved {0}.', path.basename(file)), show)) === show) await reveal(file);
}
