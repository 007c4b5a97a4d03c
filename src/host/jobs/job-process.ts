import { spawn, type ChildProcess, type ChildProcessByStdio, type ChildProcessWithoutNullStreams, type StdioOptions } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { CancelledError, UserError } from '../../base/user-error';
import { exitCodes } from '../../base/exit-codes';

export interface JobCommand {
  /** Path of dist/cli.js. */
  readonly cliPath: string;
  readonly args: readonly string[];
  /** Variables besides the editor's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** Folder that relative paths start from, if not the editor's own. */
  readonly cwd?: string;
}

export interface AttachedJobOptions {
  readonly signal: AbortSignal;
  /** Each line of stderr. */
  readonly onLine: (line: string) => void;
}

/** A job gets this long to stop by itself after it was asked to: a board is started again, a checkpoint written. */
const stopGraceMs = 10_000;

/**
 * Asks a process to stop in good order, and ends it when it does not.
 * @param send sends it a signal
 * @returns to be cleared when it has ended
 */
export function stopInOrder(send: (signal: NodeJS.Signals) => void, graceMs = stopGraceMs): NodeJS.Timeout {
  send('SIGINT');
  return setTimeout(() => send('SIGKILL'), graceMs);
}

/**
 * Starts the command line as a process, by the editor's own Node.js.
 * @param stdio as for `spawn`
 * @param detached it lives on when the window closes
 */
export function spawnJob(command: JobCommand, stdio: ['pipe', 'pipe', 'pipe']): ChildProcessWithoutNullStreams;
export function spawnJob(command: JobCommand, stdio: ['ignore', 'pipe', 'pipe']): ChildProcessByStdio<null, Readable, Readable>;
export function spawnJob(command: JobCommand, stdio: ['pipe', 'ignore', 'pipe']): ChildProcessByStdio<Writable, null, Readable>;
export function spawnJob(command: JobCommand, stdio: ['ignore', number, number], detached: true): ChildProcess;
export function spawnJob({ cliPath, args, env, cwd }: JobCommand, stdio: StdioOptions, detached = false): ChildProcess {
  return spawn(process.execPath, [cliPath, ...args], { stdio, detached, env: jobEnvironment(process.env, env), windowsHide: true, ...(cwd === undefined ? {} : { cwd }) });
}

/**
 * Runs a short job to its end.
 * @returns its standard output
 * @throws CancelledError with the job's answers as details when it was stopped; UserError with the job's own sentence, and its other answers as details, when it failed
 */
export function runAttached(command: JobCommand, { signal, onLine }: AttachedJobOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawnJob(command, ['ignore', 'pipe', 'pipe']);
    let output = '';
    let kill: NodeJS.Timeout | undefined;
    const errors = new LineBuffer(onLine);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => errors.push(text));
    const stop = (): void => {
      kill = stopInOrder((name) => child.kill(name));
    };
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(kill);
      signal.removeEventListener('abort', stop);
      errors.flush();
      if (code === exitCodes.done) resolve(output);
      else if (signal.aborted || code === exitCodes.cancelled) reject(new CancelledError(undefined, { details: jobResult(output) ?? {} }));
      else reject(jobFailure(command, output, errors.last, code));
    });
  });
}

export interface DetachedJob {
  readonly pid: number;
  /** Resolves when the job ends while this window still knows it. */
  readonly ended: Promise<number | null>;
}

/**
 * Starts a job that lives on when the window closes; its output goes to a file.
 * @throws Error when the process cannot be started
 */
export async function startDetached(command: JobCommand, logFile: string): Promise<DetachedJob> {
  await mkdir(path.dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'a');
  try {
    const child = spawnJob(command, ['ignore', log, log], true);
    await started(child);
    child.unref();
    return { pid: child.pid as number, ended: new Promise((resolve) => child.once('exit', resolve)) };
  } finally {
    closeSync(log);
  }
}

/** Why a detached job ended with a failure, from the end of its log. */
export async function detachedFailure(command: JobCommand, logFile: string, code: number | null): Promise<UserError> {
  const output = await readFile(logFile, 'utf8').catch(() => '');
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return jobFailure(command, output, lines.filter((line) => !line.startsWith('{')).at(-1) ?? '', code);
}

function started(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
}

/** The job's own sentence: `{"error": ...}` on the last line of its output, else its last line of text. What else that line says becomes `details`. */
function jobFailure(command: JobCommand, output: string, lastError: string, code: number | null): UserError {
  const name = command.args.filter((arg) => !arg.startsWith('-')).slice(0, 2).join(' ');
  const { error, ...details } = jobResult(output) ?? {};
  const sentence = typeof error === 'string' ? error : lastError || `"mobilefacenet ${name}" ended with ${code === null ? 'a signal' : `code ${code}`}.`;
  return new UserError(sentence, 'The log has the details.', { details });
}

/** The JSON object on the last line of a job's standard output, or undefined when there is none. */
export function jobResult(output: string): Record<string, unknown> | undefined {
  const last = output.trimEnd().split('\n').at(-1) ?? '';
  try {
    const result: unknown = JSON.parse(last);
    return typeof result === 'object' && result !== null ? (result as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The editor's environment without what is meant for the editor itself; on the desktop `process.execPath` is Electron,
 * which ELECTRON_RUN_AS_NODE turns into plain Node.
 */
export function jobEnvironment(base: NodeJS.ProcessEnv, extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(base).filter(([name]) => !name.startsWith('VSCODE_') && name !== 'NODE_OPTIONS');
  return { ...Object.fromEntries(kept), ELECTRON_RUN_AS_NODE: '1', ...extra };
}

/** Cuts a stream of text into lines; empty ones are left out. */
export class LineBuffer {
  private rest = '';
  last = '';

  constructor(private readonly onLine: (line: string) => void) {}

  push(text: string): void {
    const lines = (this.rest + text).split(/\r?\n/);
    this.rest = lines.pop() ?? '';
    lines.forEach((line) => this.emit(line));
  }

  flush(): void {
    this.emit(this.rest);
    this.rest = '';
  }

  private emit(line: string): void {
    if (line.trim() === '') return;
    this.last = line.trim();
    this.onLine(line);
  }
}
