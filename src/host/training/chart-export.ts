import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { explainWriteError } from '../../base/atomic-file';
import { csvRow } from '../../base/csv';
import { stepColumns } from '../../protocol/run-history';
import { askSavePath } from '../ask';
import type { RunFollower } from '../runs/run-follower';

/** @param suggested path without its ending */
export async function saveSvg(suggested: string, svg: string): Promise<void> {
  const file = await askFile(`${suggested}.svg`, vscode.l10n.t('Save Charts'), { [vscode.l10n.t('Pictures')]: ['svg'] });
  await written(file, writeFile(file, svg));
}

/** All steps of the runs, a row each, with every column that is kept of them. */
export async function saveCsv(suggested: string, runs: readonly Pick<RunFollower, 'folder' | 'history'>[]): Promise<void> {
  const file = await askFile(`${suggested}.csv`, vscode.l10n.t('Save Points'), { [vscode.l10n.t('Tables')]: ['csv'] });
  await written(file, pipeline(Readable.from(csvLines(runs)), createWriteStream(file)));
}

/** A head, then a row for each step; an empty field is a value that was not a number. */
export function* csvLines(runs: readonly Pick<RunFollower, 'folder' | 'history'>[]): Generator<string> {
  yield csvRow(['run', ...stepColumns]);
  for (const { folder, history } of runs) {
    const name = path.basename(folder);
    const columns = stepColumns.map((column) => history.column(column).slice());
    for (let row = 0; row < history.length; row++) yield csvRow([name, ...columns.map((column) => column[row])]);
  }
}

function askFile(suggested: string, title: string, filters: Record<string, string[]>): Promise<string> {
  return askSavePath({ defaultUri: vscode.Uri.file(suggested), title, saveLabel: vscode.l10n.t('Save'), filters });
}

async function written(file: string, writing: Promise<void>): Promise<void> {
  try {
    await writing;
  } catch (error) {
    throw explainWriteError(error, file);
  }
  vscode.window.setStatusBarMessage(vscode.l10n.t('Saved {0}', path.basename(file)), 5000);
}
