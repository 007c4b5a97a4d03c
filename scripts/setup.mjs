// Sets the project up: packages from package-lock.json, then the bundles in dist/. Does only what is not done yet.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ScriptError, exitWithError, formatSeconds, paint, printLine } from './lib/console.mjs';
import { endChildrenOnSignals, runChild } from './lib/child-process.mjs';

export const projectRoot = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
export const cacheFolder = path.join(projectRoot, '.cache');

const oldestNode = [20, 9];
const installLimitMs = 10 * 60_000;
const buildLimitMs = 10 * 60_000;
const stampFile = path.join(projectRoot, 'dist', '.build-stamp');

/**
 * Makes packages and bundles current.
 * @param {{ tests?: boolean }} options `tests`: bundle the tests too
 * @throws ScriptError with one sentence when that is not possible
 */
export async function setUp({ tests = false } = {}) {
  requireNode();
  await installPackages();
  await build(tests);
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return;
  throw new ScriptError(
    `MobileFaceNet Studio needs Node.js ${oldestNode.join('.')} or newer, but this is ${process.versions.node}. Install a current Node.js and run the same command again.`,
  );
}

async function installPackages() {
  if (packagesAreCurrent()) return;
  const npm = npmCommand();
  const result = await step('Installing packages', 'npm-ci', installLimitMs, npm.command, [
    ...npm.args, 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--fetch-timeout=60000', '--loglevel=notice',
  ]);
  if (result.code !== 0) {
    const why = result.timedOut ? `it took longer than ${formatSeconds(installLimitMs / 1000)}` : npmReason(result.output);
    throw new ScriptError(
      `The packages could not be installed: ${why}. Check the network and npm's registry setting, then run the same command again; all that npm said is in ${result.logFile}.`,
    );
  }
}

/**
 * npm records what it has installed in node_modules/.package-lock.json, as its last act. The packages are current when
 * that record and package-lock.json name the same versions; optional packages of other platforms are never installed.
 */
function packagesAreCurrent() {
  const wanted = readPackages('package-lock.json');
  const installed = readPackages('node_modules/.package-lock.json');
  if (wanted === undefined || installed === undefined) return false;
  const missing = Object.entries(wanted).some(([folder, entry]) => {
    if (folder === '') return false;
    const found = installed[folder];
    return found === undefined ? !entry.optional : found.version !== entry.version || found.integrity !== entry.integrity;
  });
  return !missing && Object.keys(installed).every((folder) => folder in wanted);
}

function readPackages(relativeFile) {
  try {
    return JSON.parse(readFileSync(path.join(projectRoot, relativeFile), 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** How to start npm: the very npm that runs this script if there is one, else the one on the path. */
export function npmCommand() {
  const running = process.env.npm_execpath;
  if (running && /npm-cli\.c?js$/.test(running)) return { command: process.execPath, args: [running] };
  return { command: process.platform === 'win32' ? 'npm.cmd' : 'npm', args: [] };
}

/** The lines of npm's output that tell the cause, as one phrase. */
export function npmReason(output) {
  const lines = output.split('\n').filter((line) => /^npm (ERR!|error)/i.test(line));
  const told = lines
    .map((line) => line.replace(/^npm (ERR!|error)\s*/i, '').trim())
    .filter((line) => line !== '' && !/^(code|errno|syscall|type) |complete log|^A complete/i.test(line));
  return told[0]?.replace(/\.$/, '') ?? 'npm ended with an error';
}

async function build(tests) {
  const hash = hashSources(tests ? ['src', 'webview', 'media', 'test'] : ['src', 'webview', 'media']);
  const stamp = readStamp();
  const current = stamp?.bundles === bundleTimes() && (tests ? stamp?.withTests : stamp?.product) === hash;
  if (current) return;
  rmSync(stampFile, { force: true });
  const args = ['esbuild.config.mjs', ...(tests ? ['--tests'] : [])];
  const result = await step(tests ? 'Building product and tests' : 'Building', 'build', buildLimitMs, process.execPath, args);
  if (result.code !== 0) {
    printLine(result.output.trimEnd());
    throw new ScriptError(`The build failed with code ${result.code}; the reason is above and in ${result.logFile}.`);
  }
  const product = tests ? hashSources(['src', 'webview', 'media']) : hash;
  mkdirSync(path.dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, JSON.stringify({ product, withTests: tests ? hash : undefined, bundles: bundleTimes() }));
}

function readStamp() {
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8'));
  } catch {
    return undefined;
  }
}

/** A build that went past this script changes the bundles' times, and the stamp no longer counts. */
function bundleTimes() {
  return ['extension.mjs', 'cli.js']
    .map((name) => path.join(projectRoot, 'dist', name))
    .map((file) => (existsSync(file) ? statSync(file).mtimeMs : 0))
    .join(' ');
}

function hashSources(folders) {
  const files = ['esbuild.config.mjs', 'package.json', 'package-lock.json', 'tsconfig.json'];
  for (const folder of folders) {
    const absolute = path.join(projectRoot, folder);
    if (!existsSync(absolute)) continue;
    const entries = readdirSync(absolute, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    files.push(...entries.map((entry) => path.relative(projectRoot, path.join(entry.parentPath ?? entry.path, entry.name))));
  }
  const hash = createHash('sha256').update(process.version);
  for (const file of files.sort()) hash.update(`\0${file}\0`).update(readFileSync(path.join(projectRoot, file)));
  return hash.digest('hex');
}

/**
 * Runs one step of the set-up with a line at its start, one every 10 s and one at its end.
 * @returns what `runChild` returns, and `logFile`
 */
export async function step(title, logName, timeoutMs, command, args, options = {}) {
  const logFile = path.join(cacheFolder, 'logs', `${logName}.log`);
  printLine(`${title} …`);
  const result = await runChild(command, args, {
    cwd: projectRoot, timeoutMs, logFile, tickMs: 10_000, ...options,
    onTick: (seconds) => printLine(paint('dim', `  ${title}: ${Math.round(seconds)} s`)),
  });
  const outcome = result.code === 0 ? 'done' : result.timedOut ? 'stopped' : 'failed';
  printLine(`${title}: ${outcome} after ${formatSeconds(result.seconds)}`);
  return { ...result, logFile };
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  endChildrenOnSignals();
  await setUp({ tests: process.argv.includes('--tests') }).catch(exitWithError);
}
