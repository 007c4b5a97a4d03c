import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import { CancelledError } from '../../base/user-error';
import type { JobLine } from '../../protocol/photo-verdict';
import type { JobRunner } from '../jobs/job-runner';

/** Evaluations that were asked for in the table, one at a time; each uses all of the machine. */
export class EvaluationQueue extends Disposable {
  private readonly changed = this.own(new vscode.EventEmitter<void>());
  readonly onDidChange = this.changed.event;
  private readonly lines = new Map<string, JobLine>();
  private readonly aborts = new Map<string, AbortController>();
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly jobs: JobRunner) {
    super();
    this.own({ dispose: () => this.aborts.forEach((abort) => abort.abort()) });
  }

  /** What is under way, by row. */
  get current(): Readonly<Record<string, JobLine>> {
    return Object.fromEntries(this.lines);
  }

  /** Waits for its turn, then runs a job. @throws CancelledError when it was cancelled, else what the job throws */
  async run(row: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<void> {
    if (this.aborts.has(row)) return;
    const abort = new AbortController();
    this.aborts.set(row, abort);
    this.show(row, { label: vscode.l10n.t('Waiting') });
    const before = this.last;
    const own = (async () => {
      await before;
      if (abort.signal.aborted) throw new CancelledError();
      this.show(row, { label: vscode.l10n.t('Starting') });
      await this.jobs.runQuietly(args, { signal: abort.signal, env, onProgress: ({ label, percent }) => this.show(row, { label, ...(percent === undefined ? {} : { percent }) }) });
    })();
    this.last = own.catch(() => undefined);
    try {
      await own;
    } finally {
      this.aborts.delete(row);
      this.lines.delete(row);
      if (!this.isDisposed) this.changed.fire();
    }
  }

  cancel(row: string): void {
    this.aborts.get(row)?.abort();
  }

  private show(row: string, line: JobLine): void {
    this.lines.set(row, line);
    if (!this.isDisposed) this.changed.fire();
  }
}
