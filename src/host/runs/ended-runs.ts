import { isActive, type ShownState } from '../../protocol/run-health';
import { entryState } from './run-description';
import type { BrokenRunEntry, RunEntry } from './run-entry';

/** Remembers which runs were at work and finds those that no longer are, whoever started them. */
export class EndedRuns {
  private atWork: ReadonlySet<string> = new Set();

  /** @returns the runs of `entries` that were at work at the last call and have ended since */
  update(entries: readonly (RunEntry | BrokenRunEntry)[]): RunEntry[] {
    const runs = entries.filter((entry) => entry.kind === 'run');
    const before = this.atWork;
    this.atWork = new Set(runs.filter((entry) => isAtWork(entryState(entry))).map((entry) => entry.folder));
    return runs.filter((entry) => before.has(entry.folder) && !this.atWork.has(entry.folder));
  }
}

/** A silent job may still answer. */
function isAtWork(state: ShownState): boolean {
  return state === 'silent' || (state !== 'lost' && isActive(state));
}
