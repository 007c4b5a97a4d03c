import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { errorCode } from '../../base/user-error';
import { runFiles } from '../../protocol/run-files';

/** Writes the names of a run's identities, one a line in the order of their labels. A backslash or a line end within a name is escaped. */
export async function writeIdentities(run: string, identities: readonly string[]): Promise<void> {
  await writeFile(path.join(run, runFiles.identities), identities.map((name) => `${escapeName(name)}\n`).join(''));
}

/** Names of a run's identities; undefined when it wrote none. */
export async function readIdentities(run: string): Promise<string[] | undefined> {
  try {
    const text = await readFile(path.join(run, runFiles.identities), 'utf8');
    return text.split('\n').slice(0, -1).map(unescapeName);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function escapeName(name: string): string {
  return name.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function unescapeName(line: string): string {
  return line.replace(/\\(.)/g, (_match, letter: string) => (letter === 'n' ? '\n' : letter));
}
