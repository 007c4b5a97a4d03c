import { setTimeout as delay } from 'node:timers/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../base/user-error';
import { readRunState } from '../runs/read-run';
import type { TrainingJob } from '../jobs/job-runner';
import type { CommandContext } from './command-context';

/** A job opens the dataset before it writes its run; a large one on a slow disk takes a while. */
const startLimitMs = 120_000;
const startPollMs = 200;

/**
 * Starts a training job, waits until its run can be read, and shows the panel.
 * @throws UserError with the job's own sentence when it ends before that
 */
export async function startAndShow(context: CommandContext, folder: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<void> {
  const name = path.basename(folder);
  const beganMs = Date.now();
  const job = await context.jobs.startTraining(name, args, env);
  const options = { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Starting {0}', name) };
  await vscode.window.withProgress(options, () => waitForRun(job, folder, beganMs));
  await context.store.refresh();
  await context.panels.open(folder);
}

/** The run is there when its record is readable and, for a resumed run, no longer at rest. */
async function waitForRun(job: TrainingJob, folder: string, beganMs: number): Promise<void> {
  const ended = job.ended.then((code) => ({ code }));
  while (Date.now() - beganMs < startLimitMs) {
    const state = await readRunState(folder, Date.now()).catch(() => undefined);
    if (state !== undefined && state.health.kind === 'alive') return;
    const end = await Promise.race([ended, delay(startPollMs, undefined)]);
    if (end === undefined) continue;
    // A very short training may be over before it was seen alive.
    if (end.code === 0 && (await readRunState(folder, Date.now()).catch(() => undefined)) !== undefined) return;
    throw await job.explainFailure(end.code);
  }
  throw new UserError(vscode.l10n.t('The training did not start within {0} s.', startLimitMs / 1000), vscode.l10n.t('Look into its log: {0}', job.logFile));
}
