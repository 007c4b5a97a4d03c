import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandContext, CommandResult } from '../../../base/command';
import { productVersion } from '../../../base/product';
import { CancelledError, UserError } from '../../../base/user-error';
import { runFiles } from '../../../protocol/run-files';
import { describeOutcomes } from '../../describe-outcome';
import { checkpointSteps } from '../../run/checkpoint';
import { readRunRecord } from '../../run/run-folder';
import { finishedOutcomes, successorOf } from '../../run-chain';
import { partOfBatch } from '../batch-part';
import type { ClusterFile, RankEntry } from './cluster-file';
import { attemptTraining, type AttemptedRank, type LostRanks } from './launch-attempt';
import type { RankJob } from './rank-messages';

export interface ClusterJob {
  readonly cluster: ClusterFile;
  /** The only rank that this launcher starts; the others are started elsewhere. Absent: it starts them all. */
  readonly onlyRank?: number | undefined;
  /** What rank 0 does first. After a loss it resumes the run. */
  readonly job: Exclude<RankJob, { kind: 'follow' }>;
  /** Folder of the run, absolute. */
  readonly folder: string;
  /** Pictures of a batch over all ranks. */
  readonly batch: number;
  readonly recordsOrder: boolean;
}

/** Losses in a row between which no checkpoint was written. */
const mostFruitless = 5;
/** Attempts in a row that a rank may not even come to meet the others, before the run goes on without it. */
const mostAbsent = 2;
const pauseMs = 1000;

/**
 * Trains with all ranks of a cluster. When one is lost, all are ended, and the run goes on from its last checkpoint: with all of them again, or without
 * those that do not come back. The order of the data does not depend on how many they are. A run that is found finished is not started again.
 * @throws UserError when the ranks are lost again and again, or one of them says what is wrong; CancelledError
 */
export async function trainOnCluster(plan: ClusterJob, context: CommandContext): Promise<CommandResult> {
  let entries = [...plan.cluster.ranks];
  partOfBatch(plan.batch, entries.length, 0);
  const absences = new Map<RankEntry, number>();
  let fruitless = 0;
  const waiting = new LoneWait(plan, context);
  // Whoever starts a lone rank again does not know that all is done.
  const atStart = plan.onlyRank === undefined ? undefined : await finishedOutcomes(plan.folder);
  if (atStart) return withRecoveries(describeOutcomes(atStart), 0, entries.length);
  for (let recoveries = 0; ; ) {
    const before = await lastCheckpoint(plan.folder);
    const end = await attemptTraining({ ...context, ranks: ranksOf(plan, entries, recoveries > 0 || plan.onlyRank !== undefined) });
    if (end.kind === 'done') return withRecoveries(end, recoveries, entries.length);
    if (end.kind === 'failed') throw end.cancelled ? new CancelledError(`Training ${path.basename(plan.folder)}`) : new UserError(end.message, end.action);
    if (context.signal.aborted) throw new CancelledError(`Training ${path.basename(plan.folder)}`);
    const outcomes = await finishedOutcomes(plan.folder);
    if (outcomes) {
      context.notice(`The cluster was lost: ${end.why}. The run is finished.`);
      return withRecoveries(describeOutcomes(outcomes), recoveries, entries.length);
    }
    if (waiting.goesOn(end)) {
      await pause(context.signal);
      continue;
    }
    recoveries++;
    const after = await lastCheckpoint(plan.folder);
    fruitless = after === before ? fruitless + 1 : 0;
    if (fruitless >= mostFruitless) throw new UserError(`The cluster was lost ${fruitless} times without a new checkpoint: ${end.why}.`, 'Mend that rank or leave it out of the cluster file, then continue with `train --resume`.');
    entries = plan.onlyRank === undefined ? remaining(entries, end, absences) : entries;
    context.notice(`The cluster was lost: ${end.why}. Training goes on ${after === undefined ? 'from the beginning' : `from the checkpoint of step ${after}`} with ${countOf(entries.length)}.`);
    await pause(context.signal);
  }
}

function pause(signal: AbortSignal): Promise<void> {
  return sleep(pauseMs, undefined, { signal }).catch(() => undefined);
}

/**
 * A launcher that has one rank alone is not told when another one was lost. Its rank is started again at once and meets a rank 0 that has not noticed yet
 * and refuses it, until that is started again too. Such attempts are no losses of the cluster, for as long as the others may need.
 */
class LoneWait {
  private readonly limitSeconds: number;
  /** End of the first attempt in vain. */
  private sinceMs: number | undefined;

  constructor(private readonly plan: ClusterJob, private readonly context: Pick<CommandContext, 'notice'>) {
    this.limitSeconds = plan.cluster.startTimeoutSeconds + plan.cluster.timeoutSeconds;
  }

  /** @throws UserError when the others have not come within the time */
  goesOn({ hadMet, culprits, why }: LostRanks): boolean {
    const isInVain = this.plan.onlyRank !== undefined && !hadMet && culprits.length === 0;
    if (!isInVain) {
      this.sinceMs = undefined;
      return false;
    }
    if (this.sinceMs === undefined) {
      this.sinceMs = performance.now();
      this.context.notice(`The other ranks are not there: ${why}. They are waited for up to ${this.limitSeconds} s.`);
    }
    if (performance.now() - this.sinceMs < this.limitSeconds * 1000) return true;
    throw new UserError(`The other ranks did not come within ${this.limitSeconds} s: ${why}.`, 'See to it that all ranks are started and reach each other, then start this one again: it goes on from the last checkpoint.');
  }
}

/** The ranks that are started again: without one that twice did not even meet the others. */
function remaining(entries: readonly RankEntry[], { culprits, hadMet }: LostRanks, absences: Map<RankEntry, number>): RankEntry[] {
  if (hadMet) absences.clear();
  else for (const entry of culprits.flatMap((rank) => entries[rank] ?? [])) absences.set(entry, (absences.get(entry) ?? 0) + 1);
  const left = entries.filter((entry) => (absences.get(entry) ?? 0) < mostAbsent);
  return left.length > 0 ? left : [...entries];
}

/** @param goesOn whether a run that is there is continued rather than refused */
function ranksOf({ cluster, onlyRank, job, folder, recordsOrder }: ClusterJob, entries: readonly RankEntry[], goesOn: boolean): AttemptedRank[] {
  const { timeoutSeconds, startTimeoutSeconds, checkEverySteps, allowPublicAddresses } = cluster;
  const first: RankJob = goesOn && existsSync(path.join(folder, runFiles.record)) ? { kind: 'resume', dataset: job.dataset, run: folder } : job;
  const ranks = entries.map((entry, rank) => ({
    // The only rank of a launcher is on its own machine.
    place: onlyRank === undefined ? entry : {},
    assignment: {
      toolVersion: productVersion, rank, addresses: entries.map(({ address }) => address), allowPublicAddresses, timeoutSeconds, startTimeoutSeconds, checkEverySteps, recordsOrder,
      ...(entry.threads === undefined ? {} : { threads: entry.threads }),
      job: rank === 0 ? first : { kind: 'follow' as const, dataset: job.dataset },
    },
  }));
  return onlyRank === undefined ? ranks : ranks.filter(({ assignment }) => assignment.rank === onlyRank);
}

/** Of the run, or of the one that followed it; undefined while there is none. */
async function lastCheckpoint(folder: string): Promise<number | undefined> {
  if (!existsSync(path.join(folder, runFiles.record))) return undefined;
  const successor = successorOf(folder, await readRunRecord(folder));
  const next = successor === undefined ? undefined : await lastCheckpoint(successor);
  return next ?? (await checkpointSteps(folder)).at(-1);
}

function withRecoveries({ result, text }: CommandResult, recoveries: number, ranks: number): CommandResult {
  const remark = recoveries === 0 ? '' : ` The cluster was lost and found again ${recoveries === 1 ? 'once' : `${recoveries} times`}.`;
  return { result: { ...result, ranks, recoveries }, text: `${text}${text === '' ? '' : '\n'}Trained by ${countOf(ranks)}.${remark}` };
}

function countOf(ranks: number): string {
  return ranks === 1 ? '1 rank' : `${ranks} ranks`;
}
