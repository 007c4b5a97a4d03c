import * as path from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../base/user-error';
import type { EngineState } from '../engine/engine-state';
import { detachedFailure, runAttached, startDetached, type DetachedJob, type JobCommand } from './job-process';
import { LineService, type LineServiceListener } from './line-service';
import { parseProgressLine, type JobProgress } from './progress-text';
import { inEditorLanguage } from './progress-words';

/** A job that lives on when the window closes, and whose output is in a file. */
export interface LoggedJob extends DetachedJob {
  readonly logFile: string;
}

/** A job that trains, with what is needed to explain its failure. */
export interface TrainingJob extends LoggedJob {
  /** @param code exit code of the job */
  readonly explainFailure: (code: number | null) => Promise<UserError>;
}

export interface QuietJobOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: JobProgress) => void;
  /** Variables besides the editor's own. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts the command line as a job: short ones with a progress notification, trainings on their own. */
export class JobRunner {
  constructor(
    private readonly cliPath: string,
    private readonly logFolder: string,
    private readonly engine: EngineState,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  /**
   * Runs short jobs one after the other under one notification that can cancel them.
   * @param env variables besides the editor's own
   * @param alsoTell told what the notification shows
   * @returns the standard output of the last one
   * @throws CancelledError, UserError as `runAttached`
   */
  async run(
    title: string, jobs: readonly (readonly string[])[], env: Readonly<Record<string, string>> = {}, alsoTell: (update: JobProgress) => void = () => undefined,
  ): Promise<string> {
    this.requireTrust();
    const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
    return vscode.window.withProgress(options, async (progress, token) => {
      const abort = new AbortController();
      token.onCancellationRequested(() => abort.abort());
      let output = '';
      const show = notificationProgress(progress);
      const onProgress = (update: JobProgress): void => {
        show(update);
        alsoTell(update);
      };
      for (const args of jobs) output = await this.runQuietly(args, { signal: abort.signal, onProgress, env });
      return output;
    });
  }

  /**
   * Runs a short job without a notification of its own.
   * @returns its standard output
   * @throws CancelledError, UserError as `runAttached`
   */
  async runQuietly(args: readonly string[], options: QuietJobOptions): Promise<string> {
    this.requireTrust();
    return this.runReading(args, options);
  }

  /**
   * Runs a short job that only reads, so that it may run in a workspace that is not trusted.
   * @returns its standard output
   * @throws CancelledError, UserError as `runAttached`
   */
  async runReading(args: readonly string[], { signal, onProgress, env = {} }: QuietJobOptions): Promise<string> {
    this.log.info(`Running mobilefacenet ${args.join(' ')}`);
    return runAttached(this.command(args, env), {
      signal,
      onLine: (line) => {
        this.log.info(line);
        const update = parseProgressLine(line);
        if (update !== undefined) onProgress(inEditorLanguage(update));
      },
    });
  }

  /**
   * Runs one job whose lines somebody reads by themselves.
   * @param onLine gets each line of its stderr
   * @returns its standard output
   * @throws CancelledError, UserError as `runAttached`
   */
  async runFollowed(args: readonly string[], signal: AbortSignal, onLine: (line: string) => void): Promise<string> {
    this.requireTrust();
    this.log.info(`Running mobilefacenet ${args.join(' ')}`);
    return runAttached(this.command(args), { signal, onLine });
  }

  /** How a job is started by others: a terminal, a task. */
  command(args: readonly string[], env: Readonly<Record<string, string>> = {}): JobCommand {
    return { cliPath: this.cliPath, args, env: { ...this.engine.environment(), ...env } };
  }

  /** Starts a training that goes on when the window closes. */
  async startTraining(name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<TrainingJob> {
    this.requireTrust();
    const command = this.command([...args, '--json'], env);
    const job = await this.startLogged(name, command);
    return { ...job, explainFailure: (code) => detachedFailure(command, job.logFile, code) };
  }

  /** Starts the job of a task. @param cwd folder that relative paths start from */
  async startTask(name: string, args: readonly string[], cwd: string | undefined): Promise<LoggedJob> {
    this.requireTrust();
    return this.startLogged(name, { ...this.command(args), ...(cwd === undefined ? {} : { cwd }) });
  }

  private async startLogged(name: string, command: JobCommand): Promise<LoggedJob> {
    const logFile = path.join(this.logFolder, `${name}-${new Date().toISOString().replace(/[:.]/g, '-')}.log`);
    this.log.info(`Starting mobilefacenet ${command.args.join(' ')}, log ${logFile}`);
    return { ...(await startDetached(command, logFile)), logFile };
  }

  /** Starts a job that answers lines; whoever asks for it ends it. */
  openService(args: readonly string[], listener: LineServiceListener): LineService {
    this.requireTrust();
    this.log.info(`Starting mobilefacenet ${args.join(' ')}`);
    return new LineService(this.command(args), listener);
  }

  requireTrust(): void {
    if (vscode.workspace.isTrusted) return;
    throw new UserError(vscode.l10n.t('This workspace is not trusted, so no job may run in it.'), vscode.l10n.t('Trust the workspace first.'));
  }
}

/** Shows the progress of jobs in a notification, whose bar only grows. */
function notificationProgress(progress: vscode.Progress<{ message?: string; increment?: number }>): (update: JobProgress) => void {
  let shown = 0;
  let label = '';
  return (update) => {
    if (update.label !== label) shown = 0;
    label = update.label;
    const increment = Math.max(0, (update.percent ?? 0) - shown);
    shown += increment;
    progress.report({ message: `${update.label}: ${update.detail}`, ...(update.percent === undefined ? {} : { increment }) });
  };
}
