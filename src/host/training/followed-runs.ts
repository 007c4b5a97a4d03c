import { Disposable, type DisposableLike } from '../../base/disposable';
import { RunFollower, type FollowOptions, type RunChange } from '../runs/run-follower';

/** The runs of one panel: its own first, then its ancestors, then those that were added to compare with. */
export class FollowedRuns extends Disposable {
  private readonly others = new Map<string, { readonly follower: RunFollower; readonly subscription: DisposableLike }>();

  /** @param lineage the panel's run and its ancestors; they are disposed with this */
  constructor(
    readonly lineage: readonly RunFollower[],
    private readonly onChange: (follower: RunFollower, change: RunChange) => void,
    private readonly followOptions: FollowOptions = {},
  ) {
    super();
    for (const follower of lineage) {
      this.own(follower);
      this.own(follower.onDidChange((change) => onChange(follower, change)));
    }
  }

  get added(): readonly RunFollower[] {
    return [...this.others.values()].map(({ follower }) => follower);
  }

  get all(): readonly RunFollower[] {
    return [...this.lineage, ...this.added];
  }

  has(folder: string): boolean {
    return this.all.some((follower) => follower.folder === folder);
  }

  /**
   * Follows further runs. Those that are followed already or cannot be read are passed over.
   * @param onRead called for each new one, as soon as its events are read
   */
  async add(folders: readonly string[], onRead: (follower: RunFollower) => void): Promise<void> {
    await Promise.all([...new Set(folders)].filter((folder) => !this.has(folder)).map(async (folder) => {
      const follower = await RunFollower.open(folder, this.followOptions).catch(() => undefined);
      if (follower === undefined) return;
      if (this.isDisposed || this.has(folder)) return follower.dispose();
      this.others.set(folder, { follower, subscription: follower.onDidChange((change) => this.onChange(follower, change)) });
      onRead(follower);
    }));
  }

  remove(folder: string): void {
    const found = this.others.get(folder);
    this.others.delete(folder);
    found?.subscription.dispose();
    found?.follower.dispose();
  }

  override dispose(): void {
    for (const folder of [...this.others.keys()]) this.remove(folder);
    super.dispose();
  }
}
