import { readFile } from 'node:fs/promises';
import * as path from 'node:path';
import type { SplitView } from '../../protocol/explorer-page';
import { readDataset } from '../datasets/read-dataset';
import type { PrepareChoices } from '../datasets/prepare-choices';

/** Who is held out: by the list for the next preparation, else as prepared. */
export async function readSplit(dataset: string | undefined, { holdOutNames }: PrepareChoices): Promise<SplitView> {
  const listed = holdOutNames === undefined ? undefined : await readFile(holdOutNames, 'utf8').catch(() => undefined);
  if (holdOutNames !== undefined && listed !== undefined) {
    const heldOut = listed.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
    return { heldOut, file: path.basename(holdOutNames) };
  }
  const entry = dataset === undefined ? undefined : await readDataset(dataset);
  return { heldOut: entry?.kind === 'dataset' ? entry.record.identities.filter(({ heldOut }) => heldOut).map(({ name }) => name) : [] };
}
