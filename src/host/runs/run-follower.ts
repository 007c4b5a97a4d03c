import { watch, type FSWatcher } from 'node:fs';
import path from 'node:path';
import { Disposable } from '../../base/disposable';
import type { RunEvent, RunRecord } from '../../protocol/run';
import { runFiles } from '../../protocol/run-files';
import { isActive, type RunHealth } from '../../protocol/run-health';
import { RunHistory } from '../../protocol/run-history';
import { EventTail } from './event-tail';
import { readRunState } from './run-entry';

export interface RunChange {
  readonly events: readonly RunEvent[];
  /** The history began anew: what was shown before is void. */
  readonly restarted: boolean;
}

const activePollMs = 500;
/** A run at rest changes only when someone resumes it. */
const restingPollMs = 2000;
const watchDelayMs = 50;

/** Follows one run folder: its events, its state and whether its job is alive. */
export class RunFollower extends Disposable {
  private current: { readonly record: RunRecord; readonly health: RunHealth };
  private runHistory = new RunHistory();
  private readonly tail: EventTail;
  private readonly listeners = new Set<(change: RunChange) => void>();
  private timer: NodeJS.Timeout | undefined;
  private watcher: FSWatcher | undefined;
  private isReading = false;
  /** A poll that a change on disk asked for is on its way. */
  private isPollNear = false;

  private constructor(readonly folder: string, state: { record: RunRecord; health: RunHealth }, private readonly now: () => number) {
    super();
    this.current = state;
    this.tail = new EventTail(path.join(folder, runFiles.events));
  }

  /**
   * Reads the run and goes on following it until disposed.
   * @throws Error when run.json cannot be read
   */
  static async open(folder: string, now: () => number = Date.now): Promise<RunFollower> {
    const follower = new RunFollower(folder, await readRunState(folder, now()), now);
    await follower.readEvents();
    follower.watchFolder();
    follower.schedule();
    return follower;
  }

  get record(): RunRecord {
    return this.current.record;
  }

  get health(): RunHealth {
    return this.current.health;
  }

  get history(): RunHistory {
    return this.runHistory;
  }

  get badLines(): number {
    return this.tail.badLines;
  }

  /** Called after each reading that found events, and after each one that found another state. */
  onDidChange(listener: (change: RunChange) => void): { dispose(): void } {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  }

  /** Reads now instead of at the next poll. */
  async poll(): Promise<void> {
    if (this.isReading || this.isDisposed) return;
    this.isReading = true;
    try {
      const before = JSON.stringify(this.current);
      const change = await this.readEvents();
      await this.readState();
      const stateChanged = JSON.stringify(this.current) !== before;
      if (!this.isDisposed && (stateChanged || change.events.length > 0 || change.restarted)) this.listeners.forEach((listener) => listener(change));
    } finally {
      this.isReading = false;
      this.schedule();
    }
  }

  override dispose(): void {
    clearTimeout(this.timer);
    this.watcher?.close();
    this.listeners.clear();
    super.dispose();
  }

  private async readEvents(): Promise<RunChange> {
    const { events, restarted } = await this.tail.read();
    if (restarted) this.runHistory = new RunHistory();
    for (const event of events) this.runHistory.apply(event);
    return { events, restarted };
  }

  private async readState(): Promise<void> {
    try {
      this.current = await readRunState(this.folder, this.now());
    } catch {
      // The folder was removed or the record is unreadable for now: keep showing what was known.
    }
  }

  private schedule(delayMs = isActive(this.record.state) ? activePollMs : restingPollMs): void {
    if (this.isDisposed) return;
    clearTimeout(this.timer);
    this.isPollNear = delayMs === watchDelayMs;
    this.timer = setTimeout(() => void this.poll().catch(() => this.schedule()), delayMs);
    this.timer.unref();
  }

  /** A busy job writes more often than the delay: a poll that is near must not be put off again and again. */
  private pollSoon(): void {
    if (!this.isPollNear && !this.isReading) this.schedule(watchDelayMs);
  }

  /** Some file systems do not report changes; polling alone is enough there. */
  private watchFolder(): void {
    try {
      this.watcher = watch(this.folder, { persistent: false }, () => this.pollSoon());
      this.watcher.on('error', () => this.watcher?.close());
    } catch {
      this.watcher = undefined;
    }
  }
}
