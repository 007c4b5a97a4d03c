import path from 'node:path';
import { runFiles } from '../../protocol/run-files';
import { RunHistory } from '../../protocol/run-history';
import { EventTail } from './event-tail';
import { readKeptHistory } from './history-file';

/** A run's events as one history. Lines that are no event (a killed job may leave half a line) are passed over. */
export async function readRunHistory(folder: string): Promise<RunHistory> {
  const kept = await readKeptHistory(folder);
  let history = kept?.history ?? new RunHistory();
  for await (const { events, restarted } of new EventTail(path.join(folder, runFiles.events), kept?.prefix).slices()) {
    if (restarted) history = new RunHistory();
    for (const event of events) history.apply(event);
  }
  return history;
}
