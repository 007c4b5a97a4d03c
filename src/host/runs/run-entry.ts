import type { RunRecord } from '../../protocol/run';
import { isActive, type RunHealth } from '../../protocol/run-health';
import type { RunHistory } from '../../protocol/run-history';

export interface RunEntry {
  readonly kind: 'run';
  readonly folder: string;
  readonly record: RunRecord;
  readonly health: RunHealth;
  /** The last few hundred events only: enough for the current loss and the time left. */
  readonly recent: RunHistory;
  readonly hasCheckpoint: boolean;
}

export interface BrokenRunEntry {
  readonly kind: 'broken';
  readonly folder: string;
  readonly reason: string;
}

/** Whether a job works on the run and answers. */
export function isAtWork(run: RunEntry | BrokenRunEntry): boolean {
  return run.kind === 'run' && isActive(run.record.state) && run.health.kind === 'alive';
}
