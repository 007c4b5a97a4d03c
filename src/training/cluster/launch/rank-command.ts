import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import { exitCodes } from '../../../base/exit-codes';
import { productVersion } from '../../../base/product';
import { CancelledError, UserError, errorText } from '../../../base/user-error';
import { CollectiveError } from '../../../engine/collective-error';
import { describeOutcomes } from '../../describe-outcome';
import { parseRecipe } from '../../recipe/recipe-file';
import { trainNew, trainOn } from '../../run-chain';
import type { OpenTrainingEnvironment, TrainingEnvironment } from '../../training-job';
import type { TrainingOutcome } from '../../trainer';
import { ClusterChannel } from '../cluster-channel';
import { follow } from '../cluster-follower';
import { ClusterLeader } from '../cluster-leader';
import { hashWords } from '../weight-agreement';
import { rankAssignmentSchema, rankCommandName, rankRequestSchema, type RankAssignment, type RankJob, type RankReport } from './rank-messages';
import { defaultThreads, resolveMember } from './resolve-member';

/** The process of one rank, which `train --cluster` starts on this or another machine; see rank-messages.ts for what it reads and writes. */
export function registerRankCommand(program: Command, openEnvironment: OpenTrainingEnvironment): void {
  program
    .command(rankCommandName, { hidden: true })
    .description('one rank of `train --cluster`, which starts it')
    .action(async () => process.exit(await runRank(openEnvironment)));
}

async function runRank(openEnvironment: OpenTrainingEnvironment): Promise<number> {
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => abort.abort());
  try {
    const assignment = await takeAssignment(abort);
    const done = await work(assignment, abort.signal, openEnvironment);
    await report({ kind: 'done', ...done });
    return exitCodes.done;
  } catch (error) {
    await report(failureOf(error));
    return exitCodes.failed;
  }
}

/** The first line of standard input; further ones cancel, and its end ends the process at once: nobody would hear of what it does. */
function takeAssignment(abort: AbortController): Promise<RankAssignment> {
  return new Promise((resolve, reject) => {
    let isAssigned = false;
    const lines = createInterface({ input: process.stdin });
    lines.on('line', (line) => {
      try {
        const value: unknown = JSON.parse(line);
        if (isAssigned) {
          if (rankRequestSchema.safeParse(value).success) abort.abort();
          return;
        }
        isAssigned = true;
        resolve(rankAssignmentSchema.parse(value));
      } catch (error) {
        reject(new UserError('The assignment of a rank cannot be read.', 'Install the same version on all machines.', { cause: error }));
      }
    });
    // An orderly exit waits for threads that are in a collective, and with them for other ranks, which wait likewise.
    lines.on('close', () => process.kill(process.pid, 'SIGKILL'));
  });
}

async function work(assignment: RankAssignment, signal: AbortSignal, openEnvironment: OpenTrainingEnvironment): Promise<{ result?: Record<string, unknown>; text?: string }> {
  const { rank, addresses, job, timeoutSeconds, startTimeoutSeconds, checkEverySteps, recordsOrder, toolVersion } = assignment;
  if (toolVersion !== productVersion) {
    throw new UserError(`Rank ${rank} has version ${productVersion}, the launcher ${toolVersion}.`, 'Install the same version on all machines.');
  }
  const context = {
    signal, verbose: false,
    progress: { report: (update: Extract<RankReport, { kind: 'progress' }>['update']): void => void report({ kind: 'progress', update }) },
    notice: (sentence: string): void => void report({ kind: 'notice', sentence }),
  };
  const cluster = addresses.length > 1 ? await resolveMember(assignment) : undefined;
  const environment = await openEnvironment(job.dataset, context, { threads: defaultThreads(assignment), ...(cluster ? { cluster } : {}) });
  const channel = cluster && new ClusterChannel(environment.engine, { rank, ranks: addresses.length, timeoutSeconds, startTimeoutSeconds }, hashWords);
  await channel?.meet();
  await report({ kind: 'ready' });
  if (job.kind === 'follow') {
    if (channel) await follow({ ...environment, channel });
    return {};
  }
  return describeOutcomes(await lead(environment, job, channel && new ClusterLeader(channel, { checkEverySteps, recordsOrder })));
}

async function lead(environment: TrainingEnvironment, job: Exclude<RankJob, { kind: 'follow' }>, cluster: ClusterLeader | undefined): Promise<TrainingOutcome[]> {
  try {
    const outcomes = await train({ ...environment, cluster }, job);
    await cluster?.leave();
    return outcomes;
  } catch (error) {
    await cluster?.leave(error);
    throw error;
  }
}

function train(environment: TrainingEnvironment, job: Exclude<RankJob, { kind: 'follow' }>): Promise<TrainingOutcome[]> {
  if (job.kind === 'resume') return trainOn(environment, job.run);
  const { out, recipe, recipeSource, parent } = job;
  return trainNew(environment, { out, recipe: parseRecipe(recipe, recipeSource), recipeSource, ...(parent === undefined ? {} : { parent }) });
}

function failureOf(error: unknown): RankReport {
  if (error instanceof CollectiveError) return { kind: 'lost', message: errorText(error) };
  if (error instanceof UserError) return { kind: 'failed', message: error.message, action: error.action, cancelled: false };
  if (error instanceof CancelledError) return { kind: 'failed', message: error.message, action: '', cancelled: true };
  return { kind: 'failed', message: `Unexpected error: ${errorText(error)}`, action: 'Run the command again with --verbose and report what it prints.', cancelled: false };
}

/** Resolves once the pipe has taken the line. */
function report(line: RankReport): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(`${JSON.stringify(line)}\n`, () => resolve());
  });
}
