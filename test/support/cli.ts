import { spawn, type ChildProcess } from 'node:child_process';
import { bundlePath } from '../../src/base/product';

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The JSON object on the last line of stdout, or an empty object. */
  readonly json: Record<string, unknown>;
}

/** Runs `dist/cli.js` with `--json` as a user's script would. A command that takes longer than ten minutes is ended. */
export async function runCli(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<CliResult> {
  const child = startCli(args, env);
  const output = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const lastLine = output.stdout.trim().split('\n').at(-1) ?? '';
  return { code, ...output, json: lastLine.startsWith('{') ? (JSON.parse(lastLine) as Record<string, unknown>) : {} };
}

/** What a command printed, its last line first: reports of failed tests are cut off at their ends. */
export function lastFirst({ stderr }: Pick<CliResult, 'stderr'>): string {
  return stderr.trim().split('\n').reverse().join('\n');
}

/** Starts `dist/cli.js` for tests that disturb it. */
export function startCli(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  return spawn(process.execPath, [bundlePath('cli.js'), ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'], timeout: 600_000, killSignal: 'SIGKILL', env: { ...process.env, ...env },
  });
}
