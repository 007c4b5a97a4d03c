import type { CropSettings, PhotoOutcome, PhotoTask } from '../detection/detector-messages';
import { DetectorPool } from '../detection/detector-pool';

export interface CropLaneOptions {
  /** Threads of the detector process. */
  readonly threads: number;
  /** Bundle of the detector process; default: the product's. */
  readonly workerFile?: string;
}

/** One detector process that stays open from batch to batch, and is replaced when the settings change. */
export class CropLane {
  private current: { readonly settings: string; readonly pool: DetectorPool } | undefined;

  constructor(private readonly options: CropLaneOptions) {}

  /** @returns outcomes in the order of `tasks` @throws as `DetectorPool.crop` */
  async crop(tasks: readonly PhotoTask[], settings: CropSettings, signal: AbortSignal): Promise<PhotoOutcome[]> {
    const outcomes = new Map<PhotoTask, PhotoOutcome>();
    await (await this.poolFor(settings)).crop(tasks, (task, outcome) => outcomes.set(task, outcome), signal);
    return tasks.map((task) => {
      const outcome = outcomes.get(task);
      if (!outcome) throw new Error(`${task.file} was forgotten`);
      return outcome;
    });
  }

  async close(): Promise<void> {
    await this.current?.pool.close();
    this.current = undefined;
  }

  private async poolFor(settings: CropSettings): Promise<DetectorPool> {
    const key = JSON.stringify(settings);
    if (this.current?.settings === key) return this.current.pool;
    await this.close();
    const { threads, workerFile } = this.options;
    const pool = new DetectorPool({ settings, workers: 1, threads, ...(workerFile !== undefined && { workerFile }) });
    this.current = { settings: key, pool };
    return pool;
  }
}
