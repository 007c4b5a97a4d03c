import { spawn } from 'node:child_process';
import { throwIfCancelled } from '../../base/user-error';

export interface ChildCommandOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

export interface ChildCommandResult {
  /** Absent when the program does not exist or was ended. */
  readonly exitCode: number | undefined;
  readonly timedOut: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

const outputLimit = 64 << 10;
const killDelayMs = 2000;

/**
 * Runs a program to its end, with a time limit.
 * @throws CancelledError when `signal` is aborted; the program has ended then
 */
export async function runChildCommand(file: string, args: readonly string[], options: ChildCommandOptions): Promise<ChildCommandResult> {
  throwIfCancelled(options.signal);
  const result = await new Promise<ChildCommandResult>((resolve) => {
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], env: options.env, windowsHide: true, ...(options.cwd ? { cwd: options.cwd } : {}) });
    let stdout = '';
    let stderr = '';
    let timedOut = false;
    let killTimer: NodeJS.Timeout | undefined;
    const stop = (): void => {
      child.kill();
      killTimer ??= setTimeout(() => child.kill('SIGKILL'), killDelayMs);
    };
    const timer = setTimeout(() => {
      timedOut = true;
      stop();
    }, options.timeoutMs);
    options.signal.addEventListener('abort', stop, { once: true });
    const finish = (exitCode: number | undefined): void => {
      clearTimeout(timer);
      clearTimeout(killTimer);
      options.signal.removeEventListener('abort', stop);
      resolve({ exitCode, timedOut, stdout, stderr });
    };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout = (stdout + text).slice(-outputLimit)));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-outputLimit)));
    child.on('error', () => finish(undefined));
    child.on('close', (code) => finish(code ?? undefined));
  });
  throwIfCancelled(options.signal, 'The engine installation');
  return result;
}
