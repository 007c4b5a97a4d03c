import { rename } from 'node:fs/promises';
import path from 'node:path';
import { writeJsonAtomic } from '../../base/atomic-file';
import type { RunRecord } from '../../protocol/run';
import { runFiles } from '../../protocol/run-files';
import { parentFolder } from './lineage';
import type { RunEntry } from './run-entry';

export type NameProblem = 'empty' | 'characters' | 'taken';

/** What is wrong with a new name of a run's folder, or undefined. @param taken names in the same folder, without its own */
export function nameProblem(name: string, taken: readonly string[]): NameProblem | undefined {
  if (name.trim() === '') return 'empty';
  // A name that starts with a dot is hidden; one that ends with "@120" would be read as a step of a run.
  if (/[/\\:*?"<>|\p{Cc}]/u.test(name) || name.startsWith('.') || name !== name.trim() || /@(\d+|best|last)$/.test(name)) return 'characters';
  return taken.includes(name) ? 'taken' : undefined;
}

/** The runs whose records name this one: its forks, and the run that it follows. */
export function relatives(run: RunEntry, runs: readonly RunEntry[]): RunEntry[] {
  return runs.filter((other) => other.folder !== run.folder && (isChild(other, run.folder) || successorOf(other) === run.folder));
}

/**
 * Renames a run's folder. The records of its relatives are written anew, so that lineage and curves stay joined.
 * None of them may be at work: a job writes its record itself.
 * @returns the new folder
 */
export async function renameRun(run: RunEntry, name: string, runs: readonly RunEntry[]): Promise<string> {
  const renamed = path.join(path.dirname(run.folder), name);
  const related = relatives(run, runs);
  await rename(run.folder, renamed);
  for (const other of related) await writeJsonAtomic(path.join(other.folder, runFiles.record), withNewName(other, run.folder, renamed));
  return renamed;
}

function withNewName(other: RunEntry, before: string, after: string): RunRecord {
  const { record, folder } = other;
  const link = path.relative(folder, after);
  if (record.parent && isChild(other, before)) return { ...record, parent: { ...record.parent, run: link, name: path.basename(after) } };
  return { ...record, successor: link };
}

function isChild({ folder, record }: RunEntry, parent: string): boolean {
  return parentFolder(folder, record) === parent;
}

function successorOf({ folder, record }: RunEntry): string | undefined {
  return record.successor === undefined ? undefined : path.resolve(folder, record.successor);
}
