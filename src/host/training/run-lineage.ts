import { RunFollower, type FollowOptions } from '../runs/run-follower';
import { parentFolder } from '../runs/lineage';

/** A fork of a fork of a fork: more ancestors than this do not help to read a curve. */
const maximumRuns = 8;

/**
 * Follows a run and its ancestors, the run itself first; their events are read meanwhile. Ancestors that were removed or cannot be
 * read are left out.
 * @throws Error when the run itself cannot be read
 */
export async function followLineage(folder: string, options: FollowOptions = {}): Promise<RunFollower[]> {
  const followers = [await RunFollower.begin(folder, options)];
  const visited = new Set([folder]);
  while (followers.length < maximumRuns) {
    const youngest = followers.at(-1) as RunFollower;
    const parent = parentFolder(youngest.folder, youngest.record);
    if (parent === undefined || visited.has(parent)) break;
    visited.add(parent);
    const follower = await RunFollower.begin(parent, options).catch(() => undefined);
    if (follower === undefined) break;
    followers.push(follower);
  }
  return followers;
}
