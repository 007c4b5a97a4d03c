import { spawn } from 'node:child_process';
import { errorText } from '../base/user-error';
import { bundlePath } from '../base/product';
import { probeResultSchema, type ProbeResult } from './probe-result';

export type ProbeOutcome = { readonly ok: true; readonly version: string; readonly devices: readonly string[] } | { readonly ok: false; readonly why: string };

export interface ProbeOptions {
  readonly timeoutMs: number;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

const keptErrorCharacters = 400;

/** Tries TensorFlow in `folder` in a child process, so that a library that crashes or hangs cannot harm the caller. Never throws. */
export async function probeLibrary(folder: string, options: ProbeOptions): Promise<ProbeOutcome> {
  try {
    const end = await runProbe(folder, options);
    const result = parseResult(end.output);
    if (result?.ok) return result;
    return { ok: false, why: result?.error ?? describeEnd(end, options.timeoutMs) };
  } catch (error) {
    return { ok: false, why: `The probe could not be started: ${errorText(error)}` };
  }
}

interface ProbeEnd {
  readonly output: string;
  readonly errors: string;
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly timedOut: boolean;
}

function runProbe(folder: string, options: ProbeOptions): Promise<ProbeEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [bundlePath('engine-probe.js'), folder], {
      env: { ...process.env, ...options.env, ELECTRON_RUN_AS_NODE: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    });
    let output = '';
    let errors = '';
    let timedOut = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-keptErrorCharacters)));
    const kill = (): void => void child.kill('SIGKILL');
    const timer = setTimeout(() => {
      timedOut = true;
      kill();
    }, options.timeoutMs);
    options.signal?.addEventListener('abort', kill, { once: true });
    if (options.signal?.aborted) kill();
    const settle = (): void => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', kill);
    };
    child.on('error', (error) => {
      settle();
      reject(error);
    });
    child.on('close', (exitCode, signal) => {
      settle();
      resolve({ output, errors, exitCode, signal, timedOut });
    });
  });
}

/** The probe's line; undefined when it died before it could print one. */
function parseResult(output: string): ProbeResult | undefined {
  const line = output.trim().split('\n').at(-1);
  if (!line?.startsWith('{') || !line.endsWith('}')) return undefined;
  const parsed = probeResultSchema.safeParse(JSON.parse(line));
  return parsed.success ? parsed.data : undefined;
}

function describeEnd(end: ProbeEnd, timeoutMs: number): string {
  if (end.timedOut) return `The library did not answer within ${Math.round(timeoutMs / 1000)} s`;
  const how = end.signal === null ? `ended with code ${end.exitCode}` : `was ended by ${end.signal}`;
  const said = end.errors.trim();
  return `The process that loads the library ${how}${said === '' ? '' : `: ${said}`}`;
}
