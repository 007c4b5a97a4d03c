import { createReadStream } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { errorCode } from '../../base/user-error';
import { runEventSchema } from '../../protocol/run';
import { runFiles } from '../../protocol/run-files';
import { RunHistory } from '../../protocol/run-history';

/** A run's events as one history. Lines that are no event (a killed job may leave half a line) are passed over. */
export async function readRunHistory(folder: string): Promise<RunHistory> {
  const history = new RunHistory();
  const file = path.join(folder, runFiles.events);
  try {
    for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
      const event = runEventSchema.safeParse(parsed(line));
      if (event.success) history.apply(event.data);
    }
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
  return history;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}
