/**
 * Pair lists on disk. Reading recognises three forms by their first line, whatever the file is called:
 *
 * 1. LFW's `pairs.txt`. Header "10<TAB>300": folds, and pairs of each kind in a fold (one number alone: pairs of each kind, no
 *    folds). Then per fold the pairs of the same person ("name i j") and of different people ("name1 i name2 j"). Photo i of a
 *    name is `<name>/<name>_%04d.jpg`.
 * 2. A table (comma, semicolon or tab) whose header names the columns `a`, `b`, `same` and, optionally, `fold`, in any order:
 *    relative paths with "/", 1 or 0 (also true/false, same/different), and a number per fold. A value in double quotes may hold
 *    the separator; a double quote in it is doubled. This is the form that is written.
 * 3. Lines "path path 1" or "path path 0" without a header, separated by space, tab or comma.
 *
 * Empty lines and lines that begin with # are skipped. Where no folds are given, pairs are dealt out to ten of them in turn.
 */
import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '../base/atomic-file';
import { UserError, errorCode } from '../base/user-error';
import type { PairList, PhotoPair } from './pairs';

const dealtFolds = 10;
const formHint = 'Use LFW\'s pairs.txt form, or a table with the columns a,b,same,fold.';

interface Line {
  readonly text: string;
  /** Counted from 1, as editors show it. */
  readonly number: number;
}

/** @throws UserError naming the file, and the line where one is wrong */
export async function readPairs(file: string): Promise<PairList> {
  try {
    return parsePairs(await readFile(file, 'utf8'), file);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') throw new UserError(`${file} does not exist.`, 'Name a pair list, or make one with "pairs make".', { cause: error });
    if (errorCode(error) === 'EISDIR') throw new UserError(`${file} is a folder.`, 'Name a pair list.', { cause: error });
    throw error;
  }
}

/** Writes the table form. */
export async function writePairs(file: string, list: PairList): Promise<void> {
  await writeFileAtomic(file, formatPairs(list));
}

/**
 * Reads any of the three forms.
 * @param file only named in errors
 */
export function parsePairs(text: string, file: string): PairList {
  const lines = text
    .replace(/^\uFEFF/u, '')
    .split(/\r\n|\n|\r/u)
    .map((line, index): Line => ({ text: line.trim(), number: index + 1 }))
    .filter((line) => line.text !== '' && !line.text.startsWith('#'));
  const [first, ...rest] = lines;
  if (!first) throw new UserError(`${file} holds no pairs.`, formHint);
  const header = /^(\d+)(?:\s+(\d+))?$/u.exec(first.text);
  const list = header ? parseLfw(rest, header, file) : (parseTable(first, rest, file) ?? parsePathList(lines, file));
  if (list.pairs.length === 0) throw new UserError(`${file} holds no pairs.`, formHint);
  return list;
}

/** The table form: header `a,b,same,fold`; folds are written from 1. */
export function formatPairs(list: PairList): string {
  const rows = list.pairs.map(({ a, b, same, fold }) => `${tableValue(a)},${tableValue(b)},${same ? 1 : 0},${fold + 1}\n`);
  return `a,b,same,fold\n${rows.join('')}`;
}

/**
 * LFW's form, for other tools.
 * @throws UserError when a photo is not named as LFW names it, or the folds are not of equal size
 */
export function formatLfwPairs(list: PairList): string {
  const count = list.pairs.length / list.folds / 2;
  const blocks = Array.from({ length: list.folds }, (_, fold) => {
    const own = list.pairs.filter((pair) => pair.fold === fold);
    const same = own.filter((pair) => pair.same);
    if (same.length !== count || own.length !== 2 * count) {
      const mix = `${same.length} same and ${own.length - same.length} different pairs`;
      throw new UserError(`Fold ${fold + 1} has ${mix}; LFW's form needs the same number everywhere.`, 'Use the table form (--format table).');
    }
    return [...same, ...own.filter((pair) => !pair.same)].map((pair) => lfwLine(pair)).join('');
  });
  return `${list.folds}\t${count}\n${blocks.join('')}`;
}

function lfwLine({ a, b, same }: PhotoPair): string {
  const first = lfwPhoto(a);
  const second = lfwPhoto(b);
  if (same !== (first.name === second.name)) {
    throw new UserError(`The pair ${a}, ${b} does not say by its names whether it is the same person.`, 'Use the table form (--format table).');
  }
  return same ? `${first.name}\t${first.index}\t${second.index}\n` : `${first.name}\t${first.index}\t${second.name}\t${second.index}\n`;
}

function lfwPhoto(photo: string): { name: string; index: number } {
  const match = /^([^/\t\r\n]+)\/\1_(\d{4,})\.jpg$/u.exec(photo);
  const [, name = '', digits = ''] = match ?? [];
  if (!match || lfwPath(name, Number(digits)) !== photo) {
    throw new UserError(`The photo ${photo} is not named as LFW names photos (name/name_0001.jpg).`, 'Use the table form (--format table).');
  }
  return { name, index: Number(digits) };
}

function lfwPath(name: string, index: number): string {
  return `${name}/${name}_${String(index).padStart(4, '0')}.jpg`;
}

function parseLfw(lines: readonly Line[], header: RegExpExecArray, file: string): PairList {
  const [, first = '', second] = header;
  const folds = second === undefined ? 1 : Number(first);
  const perFold = 2 * Number(second ?? first);
  if (lines.length !== folds * perFold) {
    throw new UserError(`${file} announces ${folds * perFold} pairs in its first line but holds ${lines.length}.`, 'Fetch or make the list again.');
  }
  const pairs = lines.map((line, index) => ({ ...lfwPair(line, file), fold: Math.floor(index / perFold) }));
  return folds > 1 ? { folds, pairs } : dealFolds(pairs);
}

function lfwPair(line: Line, file: string): Omit<PhotoPair, 'fold'> {
  const fields = line.text.split(line.text.includes('\t') ? /\t+/u : /\s+/u).map((field) => field.trim());
  const [name = '', i = '', third = '', j = third] = fields;
  const same = fields.length === 3;
  if ((!same && fields.length !== 4) || !/^\d+$/u.test(i) || !/^\d+$/u.test(j)) {
    throw wrongLine(file, line, 'is neither "name i j" nor "name1 i name2 j"');
  }
  return checkedPair(lfwPath(name, Number(i)), lfwPath(same ? name : third, Number(j)), same, line, file);
}

function parseTable(header: Line, lines: readonly Line[], file: string): PairList | undefined {
  const separator = ['\t', ';', ','].find((candidate) => header.text.includes(candidate)) ?? ',';
  const columns = (splitTableLine(header.text, separator) ?? []).map((name) => name.toLowerCase());
  const [a, b, same, fold] = ['a', 'b', 'same', 'fold'].map((name) => columns.indexOf(name));
  if (a === undefined || b === undefined || same === undefined || a < 0 || b < 0 || same < 0) return undefined;
  const foldNames: number[] = [];
  const pairs = lines.map((line) => {
    const fields = splitTableLine(line.text, separator);
    if (!fields) throw wrongLine(file, line, 'has a double quote that is not closed');
    if (fields.length !== columns.length) throw wrongLine(file, line, `has ${fields.length} values for ${columns.length} columns`);
    if (fold !== undefined && fold >= 0) foldNames.push(foldName(fields[fold] ?? '', line, file));
    return { ...checkedPair(fields[a] ?? '', fields[b] ?? '', sameFlag(fields[same] ?? '', line, file), line, file), fold: 0 };
  });
  if (foldNames.length === 0) return dealFolds(pairs);
  const order = [...new Set(foldNames)].sort((x, y) => x - y);
  const indexOf = new Map(order.map((name, index) => [name, index]));
  return { folds: order.length, pairs: pairs.map((pair, index) => ({ ...pair, fold: indexOf.get(foldNames[index] ?? 0) ?? 0 })) };
}

function parsePathList(lines: readonly Line[], file: string): PairList {
  const pairs = lines.map((line) => {
    const separator = ['\t', ','].find((candidate) => line.text.includes(candidate)) ?? /\s+/u;
    const fields = line.text.split(separator).map((field) => field.trim());
    if (fields.length !== 3 || !/^[01]$/u.test(fields[2] ?? '')) throw wrongLine(file, line, 'is in no form of a pair list');
    const [a = '', b = '', same] = fields;
    return { ...checkedPair(a, b, same === '1', line, file), fold: 0 };
  });
  return dealFolds(pairs);
}

function checkedPair(a: string, b: string, same: boolean, line: Line, file: string): Omit<PhotoPair, 'fold'> {
  if (a === '' || b === '') throw wrongLine(file, line, 'lacks a photo');
  if (a === b) throw wrongLine(file, line, 'pairs a photo with itself');
  return { a, b, same };
}

function sameFlag(value: string, line: Line, file: string): boolean {
  switch (value.toLowerCase()) {
    case '1':
    case 'true':
    case 'same':
      return true;
    case '0':
    case 'false':
    case 'different':
      return false;
    default:
      throw wrongLine(file, line, `has "${value}" where 1 (same) or 0 (different) belongs`);
  }
}

function foldName(value: string, line: Line, file: string): number {
  if (!/^\d{1,9}$/u.test(value)) throw wrongLine(file, line, `has "${value}" where the number of a fold belongs`);
  return Number(value);
}

function wrongLine(file: string, line: Line, what: string): UserError {
  return new UserError(`${file} line ${line.number} ${what}.`, formHint);
}

/** Deals pairs out in turn, those of the same person apart from the others, so that every fold has the same mix. */
function dealFolds(pairs: readonly PhotoPair[]): PairList {
  const same = pairs.filter((pair) => pair.same).length;
  const folds = Math.max(1, Math.min(dealtFolds, same, pairs.length - same));
  const next = { same: 0, different: 0 };
  return { folds, pairs: pairs.map((pair) => ({ ...pair, fold: next[pair.same ? 'same' : 'different']++ % folds })) };
}

/** Values of one line (RFC 4180 without line breaks in values); undefined when a quote is not closed. */
function splitTableLine(text: string, separator: string): string[] | undefined {
  const values: string[] = [];
  let rest = text;
  for (;;) {
    const quoted = /^\s*"((?:[^"]|"")*)"\s*/u.exec(rest);
    const end = quoted ? quoted[0].length : rest.indexOf(separator) < 0 ? rest.length : rest.indexOf(separator);
    const value = quoted ? (quoted[1] ?? '').replaceAll('""', '"') : rest.slice(0, end).trim();
    if (!quoted && value.startsWith('"')) return undefined;
    values.push(value);
    if (end >= rest.length) return values;
    if (!rest.startsWith(separator, end)) return undefined;
    rest = rest.slice(end + separator.length);
  }
}

/** A value of the table form, quoted where needed.
 * @throws UserError for a value with a line break, which the form cannot hold
 */
export function tableValue(value: string): string {
  if (/[\r\n]/u.test(value)) throw new UserError(`The photo name ${JSON.stringify(value)} has a line break.`, 'Rename the photo.');
  return /^[#\s]|[",;\t]|\s$/u.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
