// Child processes with a time limit. Each child leads its own process group, so that its whole tree can be ended.
import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const posix = process.platform !== 'win32';
const keptOutputBytes = 200_000;
const graceMs = 3_000;
const endSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const running = new Set();

/**
 * Runs a program to its end.
 * @param {string} command
 * @param {string[]} args
 * @param {{ timeoutMs: number, cwd?: string, env?: NodeJS.ProcessEnv, logFile?: string, onTick?: (seconds: number) => void, tickMs?: number }} options
 *   `logFile` gets the whole output; `onTick` is called every `tickMs` while the program runs.
 * @returns {Promise<{ code: number, timedOut: boolean, output: string, seconds: number }>} `code` is 128 + n after
 *   signal n and 127 when the program could not be started; `output` holds the last 200 kB of stdout and stderr.
 */
export function runChild(command, args, options) {
  const startMs = performance.now();
  const log = openLog(options.logFile);
  let output = '';
  let timedOut = false;
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd, env: options.env ?? process.env, detached: posix, stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    const take = (data) => {
      output = (output + data).slice(-keptOutputBytes);
      log?.write(data);
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    const limit = setTimeout(() => {
      timedOut = true;
      endTree(child);
    }, options.timeoutMs);
    const ticker = setInterval(() => options.onTick?.((performance.now() - startMs) / 1000), options.tickMs ?? 5_000);
    const finish = (code) => {
      clearTimeout(limit);
      clearInterval(ticker);
      running.delete(child);
      log?.end();
      resolve({ code, timedOut, output, seconds: (performance.now() - startMs) / 1000 });
    };
    child.on('error', (error) => {
      take(`${error.message}\n`);
      finish(127);
    });
    child.on('exit', () => {
      // A grandchild that inherited the pipes must not keep us waiting.
      setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, 1_000).unref();
    });
    child.on('close', (code, signal) => finish(exitCode(code, signal)));
  });
}

/** Runs a program that takes over this terminal. @returns {Promise<number>} its exit code, 128 + n after signal n. */
export function runInherited(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: options.cwd, env: options.env ?? process.env, detached: posix, stdio: options.stdio ?? 'inherit' });
    const stopPassing = passOnSignals((signal) => child.kill(signal));
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      stopPassing();
      resolve(exitCode(code, signal));
    });
  });
}

/** Ends all children of `runChild`, then this process, when it is asked to end. @returns a function that takes this back */
export function endChildrenOnSignals() {
  return passOnSignals((signal) => {
    for (const child of running) signalTree(child, 'SIGKILL');
    process.exit(exitCode(null, signal));
  });
}

/**
 * Ends every process that carries the variable `name=value` in its environment, detached ones included. Linux only.
 * @returns {number} how many there were
 */
export function endProcessesMarked(name, value) {
  if (process.platform !== 'linux') return 0;
  let ended = 0;
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    try {
      if (!readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${name}=${value}`)) continue;
      process.kill(pid, 'SIGKILL');
      ended++;
    } catch {
      // The process ended meanwhile or belongs to another user.
    }
  }
  return ended;
}

/** npm sends its child the Ctrl+C that the terminal has sent already; signals closer than half a second count once. */
function passOnSignals(deliver) {
  let lastMs = -Infinity;
  const take = (signal) => {
    if (performance.now() - lastMs < 500) return;
    lastMs = performance.now();
    deliver(signal);
  };
  for (const signal of endSignals) process.on(signal, take);
  return () => endSignals.forEach((signal) => process.off(signal, take));
}

function exitCode(code, signal) {
  const numbers = { SIGHUP: 1, SIGINT: 2, SIGABRT: 6, SIGKILL: 9, SIGSEGV: 11, SIGTERM: 15 };
  return code ?? 128 + (numbers[signal] ?? 0);
}

function endTree(child) {
  signalTree(child, 'SIGTERM');
  setTimeout(() => signalTree(child, 'SIGKILL'), graceMs).unref();
}

function signalTree(child, signal) {
  try {
    if (posix && child.pid !== undefined) process.kill(-child.pid, signal);
    else child.kill(signal);
  } catch {
    // The group has ended already.
  }
}

function openLog(file) {
  if (file === undefined) return undefined;
  mkdirSync(path.dirname(file), { recursive: true });
  return createWriteStream(file);
}
