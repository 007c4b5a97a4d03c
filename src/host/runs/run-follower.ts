import { watch, type FSWatcher } from 'node:fs';
import path from 'node:path';
import { Disposable } from '../../base/disposable';
import type { RunEvent, RunRecord } from '../../protocol/run';
import { runFiles } from '../../protocol/run-files';
import { HeartbeatWatch, isActive, type RunHealth } from '../../protocol/run-health';
import { RunHistory } from '../../protocol/run-history';
import { EventTail } from '../../training/run/event-tail';
import { eventsFileState, keepHistory, readKeptHistory, type FileState } from '../../training/run/history-file';
import { readRunState } from './read-run';

export interface RunChange {
  readonly events: readonly RunEvent[];
  /** The history began anew: what was shown before is void. */
  readonly restarted: boolean;
}

const activePollMs = 500;
/** A run at rest changes only when someone resumes it. */
const restingPollMs = 2000;
const watchDelayMs = 50;
/** Fewer new bytes than this are read again in some 40 ms: no reason to write a file. */
const leastKeptBytes = 1024 * 1024;
/** A run that grows is kept again when this share is new, so that what is written stays in proportion to what the job writes. */
const keptGrowth = 0.25;

export interface FollowOptions {
  /** Whether a file for the next quick reading may be left beside the events of a long run. */
  readonly keepsHistory?: boolean;
  readonly now?: () => number;
}

/** Follows one run folder: its events, its state and whether its job is alive. */
export class RunFollower extends Disposable {
  /** Done when the events that there were are in the history. */
  readonly loaded: Promise<void>;
  private current: { readonly record: RunRecord; readonly health: RunHealth };
  private runHistory = new RunHistory();
  private tail: EventTail;
  private readonly now: () => number;
  /** So many bytes of the events are in the file for a quick reading. */
  private keptBytes = 0;
  private isKeeping = false;
  private readonly listeners = new Set<(change: RunChange) => void>();
  private timer: NodeJS.Timeout | undefined;
  private watcher: FSWatcher | undefined;
  private isReading = true;
  /** A poll that a change on disk asked for is on its way. */
  private isPollNear = false;

  private constructor(readonly folder: string, state: { record: RunRecord; health: RunHealth }, private readonly watch: HeartbeatWatch, private readonly options: FollowOptions) {
    super();
    this.current = state;
    this.now = options.now ?? Date.now;
    this.tail = new EventTail(path.join(folder, runFiles.events));
    this.loaded = this.load();
    // Whoever waits for it is told.
    this.loaded.catch(() => undefined);
  }

  /**
   * Follows the run until disposed. Its events are read meanwhile: `loaded`.
   * @throws Error when run.json cannot be read
   */
  static async begin(folder: string, options: FollowOptions = {}): Promise<RunFollower> {
    const watch = new HeartbeatWatch();
    return new RunFollower(folder, await readRunState(folder, (options.now ?? Date.now)(), watch), watch, options);
  }

  /** As `begin`, with all events that there are. @throws Error when run.json or the events cannot be read */
  static async open(folder: string, options: FollowOptions = {}): Promise<RunFollower> {
    const follower = await RunFollower.begin(folder, options);
    try {
      await follower.loaded;
    } catch (error) {
      follower.dispose();
      throw error;
    }
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
    return this.tail.prefix.badLines;
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
      // A run that is over has no more events than are read after that.
      await this.readState();
      await this.readEvents((change) => this.tell(change));
      if (JSON.stringify(this.current) !== before) this.tell({ events: [], restarted: false });
    } finally {
      this.isReading = false;
      this.schedule();
    }
  }

  private tell(change: RunChange): void {
    if (!this.isDisposed) this.listeners.forEach((listener) => listener(change));
  }

  override dispose(): void {
    clearTimeout(this.timer);
    this.watcher?.close();
    this.listeners.clear();
    super.dispose();
  }

  private async load(): Promise<void> {
    const kept = await readKeptHistory(this.folder);
    if (kept !== undefined) {
      this.runHistory = kept.history;
      this.tail = new EventTail(path.join(this.folder, runFiles.events), kept.prefix);
      this.keptBytes = kept.prefix.bytes;
    }
    await this.readEvents(() => undefined);
    this.isReading = false;
    this.watchFolder();
    this.schedule();
  }

  /** @param take gets what was read, a part at a time */
  private async readEvents(take: (change: RunChange) => void): Promise<void> {
    const state = await eventsFileState(this.folder);
    for await (const { events, restarted } of this.tail.slices()) {
      if (this.isDisposed) return;
      if (restarted) {
        this.runHistory = new RunHistory();
        this.keptBytes = 0;
      }
      for (const event of events) this.runHistory.apply(event);
      take({ events, restarted });
    }
    if (state !== undefined) void this.keep(state);
  }

  /** Leaves what was read for the next time, if it is worth it; events.jsonl stays the truth. */
  private async keep(state: FileState): Promise<void> {
    const { prefix } = this.tail;
    const isWorthIt = prefix.bytes - this.keptBytes > Math.max(leastKeptBytes, keptGrowth * this.keptBytes);
    if (this.options.keepsHistory !== true || this.isKeeping || !isWorthIt) return;
    this.isKeeping = true;
    this.keptBytes = prefix.bytes;
    // A folder that cannot be written is read slowly each time.
    await keepHistory(this.folder, this.runHistory, prefix, state).catch(() => undefined);
    this.isKeeping = false;
  }

  private async readState(): Promise<void> {
    try {
      this.current = await readRunState(this.folder, this.now(), this.watch);
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
    if (this.isDisposed) return;
    try {
      this.watcher = watch(this.folder, { persistent: false }, () => this.pollSoon());
      this.watcher.on('error', () => this.watcher?.close());
    } catch {
      this.watcher = undefined;
    }
  }
}
