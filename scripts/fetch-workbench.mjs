// Provides a real VS Code workbench for the end-to-end tests: code-server and the Node.js it needs, both from npm, without
// install scripts, without native builds, and without what our extension never touches.
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ScriptError, exitWithError, printLine } from './lib/console.mjs';
import { endChildrenOnSignals } from './lib/child-process.mjs';
import { npmCommand, npmReason, step } from './setup.mjs';

const codeServerVersion = '4.139.1';
/** code-server's extension host needs node:module's registerHooks, which Node 20 lacks. */
const nodeVersion = '24.21.0';
const stepLimitMs = 5 * 60_000;
const lockLimitMs = 10 * 60_000;

/** Parts of code-server's VS Code server that no test of ours touches; without them it takes 300 MB less. */
const unusedModules = [
  '@github', '@microsoft/mxc-sdk', '@vscode/ripgrep-universal', '@vscode/windows-process-tree', '@vscode/windows-registry',
  '@devcontainers', '@vscode/sandbox-runtime',
];
const unusedExtensions = [
  'copilot', 'microsoft-authentication', 'ms-vscode.js-debug', 'ms-vscode.js-debug-companion', 'ms-vscode.vscode-js-profile-table',
  'typescript-language-features', 'mermaid-markdown-features', 'terminal-suggest', 'php-language-features', 'git',
];

/** Folder of the workbench: MOBILEFACENET_WORKBENCH, else one for its versions in the user's cache. */
export function workbenchFolder(env = process.env) {
  if (env.MOBILEFACENET_WORKBENCH) return path.resolve(env.MOBILEFACENET_WORKBENCH);
  const cache = env.XDG_CACHE_HOME || path.join(homedir(), '.cache');
  return path.join(cache, 'mobilefacenet-studio', 'workbench', `code-server-${codeServerVersion}-node-${nodeVersion}`);
}

/**
 * Fetches the workbench unless it is there. It appears under its name only when it is complete.
 * @returns {Promise<string>} its folder, with `node/bin/node` and `code-server/out/node/entry.js`
 * @throws ScriptError with one sentence
 */
export async function provideWorkbench() {
  const folder = workbenchFolder();
  if (isComplete(folder)) return folder;
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) {
    throw new ScriptError('The VS Code workbench for the end-to-end tests is only provided for Linux on x64 and arm64.');
  }
  await mkdir(path.dirname(folder), { recursive: true });
  const unlock = await lock(`${folder}.lock`);
  const temporary = `${folder}.part-${process.pid}`;
  try {
    if (isComplete(folder)) return folder;
    await removeLeftovers(folder);
    await fetchInto(temporary);
    await rm(folder, { recursive: true, force: true });
    await rename(temporary, folder);
    return folder;
  } finally {
    await rm(temporary, { recursive: true, force: true });
    unlock();
  }
}

function isComplete(folder) {
  return ['node/bin/node', 'code-server/out/node/entry.js'].every((file) => existsSync(path.join(folder, file)));
}

async function fetchInto(folder) {
  const downloads = path.join(folder, 'downloads');
  const node = path.join(folder, 'node');
  const server = path.join(folder, 'code-server');
  for (const directory of [downloads, node, server]) await mkdir(directory, { recursive: true });
  await fetchPackage(`node-linux-${process.arch}`, nodeVersion, downloads, node, ['package/bin', 'package/LICENSE']);
  await fetchPackage('code-server', codeServerVersion, downloads, server, []);
  const env = { ...process.env, PATH: `${path.join(node, 'bin')}${path.delimiter}${process.env.PATH ?? ''}` };
  const options = ['--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund'];
  await npmStep('Installing code-server', 'workbench-server', ['ci', ...options], { cwd: server, env });
  // The shrinkwrap of this inner package does not match its package.json, so that `npm ci` would refuse it.
  const inner = path.join(server, 'lib', 'vscode');
  await npmStep('Installing its VS Code', 'workbench-vscode', ['install', ...options], { cwd: inner, env });
  for (const name of unusedModules) await rm(path.join(inner, 'node_modules', name), { recursive: true, force: true });
  for (const name of unusedExtensions) await rm(path.join(inner, 'extensions', name), { recursive: true, force: true });
  await rm(downloads, { recursive: true });
}

async function fetchPackage(name, version, downloads, target, members) {
  const title = `Fetching ${name}`;
  await npmStep(title, `workbench-${name}`, ['pack', `${name}@${version}`, '--pack-destination', downloads], { cwd: downloads });
  const archive = path.join(downloads, `${name}-${version}.tgz`);
  const result = await step(`Unpacking ${name}`, `workbench-unpack-${name}`, stepLimitMs, 'tar', [
    '-xzf', archive, '-C', target, '--strip-components=1', ...members,
  ]);
  if (result.code !== 0) throw new ScriptError(`${name} could not be unpacked; what tar said is in ${result.logFile}.`);
}

async function npmStep(title, logName, args, options) {
  const npm = npmCommand();
  const common = ['--fetch-timeout=60000', '--loglevel=notice'];
  const result = await step(title, logName, stepLimitMs, npm.command, [...npm.args, ...args, ...common], options);
  if (result.code === 0) return;
  const why = result.timedOut ? `npm took longer than ${stepLimitMs / 60_000} min` : npmReason(result.output);
  throw new ScriptError(`The VS Code workbench could not be fetched: ${why}. Check the network and npm's registry setting; the log is ${result.logFile}.`);
}

/** Only one process fetches; others wait for it. A lock whose owner has died is taken over. */
async function lock(file) {
  const endMs = performance.now() + lockLimitMs;
  while (performance.now() < endMs) {
    try {
      const handle = openSync(file, 'wx');
      writeSync(handle, String(process.pid));
      closeSync(handle);
      return () => rmSync(file, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (await isAbandoned(file)) rmSync(file, { force: true });
    else await sleep(500);
  }
  throw new ScriptError(`Another process has held ${file} for ${lockLimitMs / 60_000} min; end it or delete that file.`);
}

async function isAbandoned(file) {
  try {
    const owner = Number(readFileSync(file, 'utf8'));
    // An empty file is one that its owner is just about to fill.
    if (owner === 0) return Date.now() - (await stat(file)).mtimeMs > 10_000;
    process.kill(owner, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

/** Removes what a killed process left half-fetched. Called with the lock held. */
async function removeLeftovers(folder) {
  const prefix = `${path.basename(folder)}.part-`;
  for (const name of await readdir(path.dirname(folder))) {
    if (name.startsWith(prefix)) await rm(path.join(path.dirname(folder), name), { recursive: true, force: true });
  }
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  endChildrenOnSignals();
  await provideWorkbench().then((folder) => printLine(folder)).catch(exitWithError);
}
