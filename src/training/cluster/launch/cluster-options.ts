import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { Command } from 'commander';
import type { CommandContext, CommandResult } from '../../../base/command';
import { wholeNumber } from '../../../base/option-parsers';
import { UserError } from '../../../base/user-error';
import type { Recipe } from '../../recipe/recipe';
import { readClusterFile, type ClusterFile } from './cluster-file';
import { trainOnCluster, type ClusterJob } from './cluster-launcher';
import { defaultRanks, localCluster } from './local-cluster';

/** Options of `train` that are about several ranks, as the option parsers deliver them. */
export interface ClusterOptions {
  readonly cluster?: string;
  readonly ranks?: number;
  readonly rank?: number;
  readonly recordOrder?: boolean;
}

export function addClusterOptions(command: Command): void {
  command
    .option('--cluster <file|auto>', 'train with several processes: those of this JSON file, on any machines, or auto, on this one (see "Several machines" in the README)')
    .option('--ranks <n>', `processes of --cluster auto (here ${defaultRanks(availableParallelism())} by default)`, wholeNumber(1, 64))
    .option('--rank <n>', 'start only this rank of the cluster file, where something else starts the others (Kubernetes); a run that --out holds is continued', wholeNumber(0, 1023))
    .option('--record-order', 'with --cluster: write down which images each rank trained on, to order/ in the run folder');
}

export interface ClusterRequest extends Pick<ClusterJob, 'job' | 'folder'> {
  readonly recipe: Pick<Recipe, 'batch'>;
}

/** Trains by the ranks that the options name; undefined when they name none. @throws UserError when they do not go together */
export async function trainByOptions(options: ClusterOptions, request: ClusterRequest, context: CommandContext): Promise<CommandResult | undefined> {
  const cluster = await clusterOf(options);
  if (!cluster) return undefined;
  const { rank } = options;
  if (rank !== undefined && rank >= cluster.ranks.length) throw new UserError(`The cluster has ranks 0 to ${cluster.ranks.length - 1}; there is no rank ${rank}.`, 'Correct --rank, or add it to the cluster file.');
  const { job, recipe } = request;
  const folder = path.resolve(request.folder);
  return trainOnCluster({
    cluster, onlyRank: rank, folder, batch: recipe.batch, recordsOrder: options.recordOrder === true,
    job: job.kind === 'new' ? { ...job, out: folder, dataset: path.resolve(job.dataset) } : { ...job, run: folder, dataset: path.resolve(job.dataset) },
  }, context);
}

async function clusterOf({ cluster, ranks, rank, recordOrder }: ClusterOptions): Promise<ClusterFile | undefined> {
  if (cluster === undefined) {
    const [unused] = [ranks === undefined ? [] : ['--ranks'], rank === undefined ? [] : ['--rank'], recordOrder ? ['--record-order'] : []].flat();
    if (unused !== undefined) throw new UserError(`${unused} goes with --cluster.`, 'Add --cluster auto or --cluster FILE.');
    return undefined;
  }
  if (cluster === 'auto') {
    if (rank !== undefined) throw new UserError('--rank goes with a cluster file.', 'Leave it out: --cluster auto starts all ranks.');
    return localCluster(ranks ?? defaultRanks());
  }
  if (ranks !== undefined) throw new UserError('--ranks goes with --cluster auto.', 'A cluster file lists its ranks.');
  return readClusterFile(cluster);
}
