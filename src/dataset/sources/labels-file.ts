/**
 * `labels.csv`: which label stands for whom. A table in CSV (RFC 4180) with the header `label,name`, one identity a line. It takes
 * the place of renaming the folders of a photo collection to numbers.
 */
import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '../../base/atomic-file';
import { errorCode, UserError } from '../../base/user-error';

export const labelsFileName = 'labels.csv';

export interface LabelName {
  /** 0 or more. */
  readonly label: number;
  readonly name: string;
}

const header = 'label,name';
const remedy = 'The file begins with the line "label,name"; then follow lines such as 17,Ann_Example.';

/** Writes labels in the given order. */
export async function writeLabels(file: string, names: readonly LabelName[]): Promise<void> {
  await writeFileAtomic(file, `${[header, ...names.map(({ label, name }) => `${label},${quoted(name)}`)].join('\n')}\n`);
}

/**
 * Names by label.
 * @throws UserError naming the file, and the line where one is wrong
 */
export async function readLabels(file: string): Promise<ReadonlyMap<number, string>> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const why = errorCode(error) === 'ENOENT' ? 'does not exist' : 'cannot be read';
    throw new UserError(`The list of labels ${file} ${why}.`, 'Check the path, or make one with `mobilefacenet dataset labels`.', { cause: error });
  });
  return parseLabels(text, file);
}

/** `readLabels` of a file that may be missing: undefined then. */
export async function readLabelsIfPresent(file: string): Promise<ReadonlyMap<number, string> | undefined> {
  try {
    return parseLabels(await readFile(file, 'utf8'), file);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** @param file only named in errors */
export function parseLabels(text: string, file: string): Map<number, string> {
  const names = new Map<number, string>();
  let line = 0;
  for (const { fields, lines } of csvRows(text.replace(/^\uFEFF/u, ''), file)) {
    const at = line + 1;
    line += lines;
    if (fields.length === 1 && fields[0] === '') continue;
    if (at === 1) {
      if (fields.join(',').toLowerCase() !== header) throw new UserError(`${file} does not begin with the line "${header}".`, remedy);
      continue;
    }
    const [label = '', name = ''] = fields;
    if (fields.length !== 2 || !/^\d{1,8}$/u.test(label) || name === '') throw new UserError(`Line ${at} of ${file} is not a label and a name.`, remedy);
    if (names.has(Number(label))) throw new UserError(`Line ${at} of ${file} names the label ${label} again.`, 'Remove one of the lines.');
    names.set(Number(label), name);
  }
  if (line === 0) throw new UserError(`${file} is empty.`, remedy);
  return names;
}

interface CsvRow {
  readonly fields: readonly string[];
  /** Lines of the file that the row takes: more than one where a name has line breaks. */
  readonly lines: number;
}

function* csvRows(text: string, file: string): Generator<CsvRow> {
  const value = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)/uy;
  let fields: string[] = [];
  let lines = 1;
  for (let row = 1; value.lastIndex < text.length; ) {
    const match = value.exec(text);
    if (!match) throw new UserError(`Line ${row} of ${file} has a misplaced double quote.`, remedy);
    const [, inQuotes, plain = '', end] = match;
    fields.push(inQuotes === undefined ? plain : inQuotes.replaceAll('""', '"'));
    lines += inQuotes?.split(/\r\n|\n|\r/u).slice(1).length ?? 0;
    if (end === ',' && value.lastIndex < text.length) continue;
    if (end === ',') fields.push('');
    yield { fields, lines };
    row += lines;
    fields = [];
    lines = 1;
  }
}

function quoted(value: string): string {
  return /[",\r\n]/u.test(value) || value !== value.trim() ? `"${value.replaceAll('"', '""')}"` : value;
}
