import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { writeJsonAtomic } from '../../base/atomic-file';
import type { ControlWord, RunControl } from '../../protocol/run';
import { runFiles } from '../../protocol/run-files';

/** Asks the job that works on `folder` for something; it answers by changing the run's state. */
export async function sendControl(folder: string, word: ControlWord): Promise<void> {
  const control: RunControl = { id: randomUUID(), word };
  await writeJsonAtomic(path.join(folder, runFiles.control), control);
}
