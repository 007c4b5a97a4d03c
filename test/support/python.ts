import { spawn, spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';

/** An interpreter, or one sentence that says why there is none: the reason for which a test is skipped. */
export type Python = { readonly interpreter: string; readonly missing?: undefined } | { readonly interpreter?: undefined; readonly missing: string };

export interface PythonScriptOptions {
  readonly args?: readonly string[];
  /** Default five minutes; the script is killed after it. */
  readonly timeoutMs?: number;
}

/** The Python of `MOBILEFACENET_PYTHON`, which `npm test` sets, when it has all these modules. */
export function pythonWith(...modules: readonly string[]): Python {
  const interpreter = process.env['MOBILEFACENET_PYTHON'];
  if (!interpreter) return { missing: 'No Python for cross-checks: set MOBILEFACENET_PYTHON, or run through `npm test`.' };
  const program = `import importlib.util as u; print(" ".join(m for m in ${JSON.stringify(modules)} if not u.find_spec(m)))`;
  const { status, stdout, error } = spawnSync(interpreter, ['-c', program], { encoding: 'utf8', timeout: 120_000 });
  if (status !== 0) return { missing: `${interpreter} does not run (${error?.message ?? `code ${status}`}).` };
  const lacking = stdout.trim();
  return lacking === '' ? { interpreter } : { missing: `${interpreter} has no ${lacking}.` };
}

/**
 * Runs a script, given on stdin, and returns what it printed as JSON on its last line.
 * @throws Error with the end of what it wrote to stderr when it fails or takes too long
 */
export async function runPython<T>(interpreter: string, script: string, { args = [], timeoutMs = 300_000 }: PythonScriptOptions = {}): Promise<T> {
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3', CUDA_VISIBLE_DEVICES: '-1', PYTHONDONTWRITEBYTECODE: '1' };
  const child = spawn(interpreter, ['-', ...args], { cwd: tmpdir(), env, stdio: ['pipe', 'pipe', 'pipe'], timeout: timeoutMs, killSignal: 'SIGKILL' });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  // A script that ends before it has read everything is judged by its exit code.
  child.stdin.on('error', () => undefined).end(script);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(`Python ${code === null ? `did not end within ${timeoutMs / 1000} s` : `ended with code ${code}`}: ${output.stderr.trim().slice(-3000)}`);
  const lastLine = output.stdout.trim().split('\n').at(-1) ?? '';
  return JSON.parse(lastLine) as T;
}
