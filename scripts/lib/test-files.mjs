// Runs bundled test files, each in its own process with a time limit, and counts their tests.
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { paint, printLine } from './console.mjs';
import { endProcessesMarked, runChild } from './child-process.mjs';

const markName = 'MOBILEFACENET_TEST_FILE';

/** Adds up outcomes and keeps what is to be said about them at the end. */
export class Tally {
  passed = 0;
  failed = 0;
  skipped = 0;
  failures = [];

  add(outcome, name = '', reason = '') {
    this[outcome]++;
    if (outcome === 'failed') this.failures.push({ name, reason });
  }

  addAll(other) {
    this.passed += other.passed;
    this.failed += other.failed;
    this.skipped += other.skipped;
    this.failures.push(...other.failures);
  }

  get total() {
    return this.passed + this.failed + this.skipped;
  }

  toString() {
    return `${this.passed} passed, ${this.failed} failed, ${this.skipped} skipped`;
  }
}

/** Absolute paths of all `*.test.js` below `folder`, sorted. */
export function findTestFiles(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.test.js'))
    .map((name) => path.join(folder, name))
    .sort();
}

/**
 * Runs test files and prints each failure and skip as it happens.
 * @param {string[]} files
 * @param {{ root: string, workFolder: string, concurrency: number, timeoutMs: number, namePattern?: string, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<Tally>} a file that crashes, hangs or holds no test counts as one failed test
 */
export async function runTestFiles(files, options) {
  const tally = new Tally();
  const waiting = [...files];
  const worker = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) tally.addAll(await runTestFile(file, options));
  };
  await Promise.all(Array.from({ length: Math.min(options.concurrency, files.length) }, worker));
  return tally;
}

async function runTestFile(file, options) {
  const mark = randomUUID();
  const resultFile = path.join(options.workFolder, `${mark}.jsonl`);
  mkdirSync(options.workFolder, { recursive: true });
  const reporter = pathToFileURL(path.join(options.root, 'scripts', 'counting-reporter.mjs')).href;
  const args = ['--enable-source-maps', `--test-reporter=${reporter}`, `--test-reporter-destination=${resultFile}`];
  if (options.namePattern) args.push(`--test-name-pattern=${options.namePattern}`);
  const child = await runChild(process.execPath, [...args, file], {
    cwd: options.root, timeoutMs: options.timeoutMs, env: { ...process.env, ...options.env, [markName]: mark },
  });
  const leftRunning = endProcessesMarked(markName, mark);
  const title = path.relative(path.join(options.root, 'dist', 'test'), file).replace(/\.js$/, '');
  const tally = readTally(resultFile, title);
  rmSync(resultFile, { force: true });
  const trouble = fileTrouble(child, tally, options);
  if (trouble !== undefined) tally.add('failed', title, `${trouble}\n${child.output.trimEnd().slice(-6_000)}`);
  printTally(title, tally, child.seconds);
  if (tally.failed > 0 && trouble === undefined) printOutput(child.output);
  else printNotes(child.output);
  if (leftRunning > 0) printLine(paint('yellow', `      left ${leftRunning} processes running; they were ended`));
  return tally;
}

function readTally(resultFile, title) {
  const tally = new Tally();
  if (!existsSync(resultFile)) return tally;
  for (const line of readFileSync(resultFile, 'utf8').split('\n')) {
    if (!line.endsWith('}')) continue;
    const { outcome, name, reason } = JSON.parse(line);
    tally.add(outcome, `${title} > ${name}`, reason);
    if (outcome === 'skipped') printLine(paint('dim', `      skipped: ${name}${reason ? ` (${reason})` : ''}`));
  }
  return tally;
}

/** Says why a file counts as failed although none of its tests did. */
function fileTrouble(child, tally, options) {
  if (child.timedOut) return `The file did not end within ${options.timeoutMs / 1000} s.`;
  if (child.code !== 0 && tally.failed === 0) return `The file ended with code ${child.code}.`;
  if (tally.total === 0 && !options.namePattern) return 'The file ran no test.';
  return undefined;
}

/** What a failing file printed besides its results may tell why. */
function printOutput(output) {
  const lines = output.trimEnd().slice(-2_000).split('\n').filter((line) => line !== '');
  for (const line of lines) printLine(paint('dim', `    | ${line}`));
}

/** What a file that passed wants to be known: lines that begin with "note: ". */
function printNotes(output) {
  for (const line of output.split('\n').filter((text) => text.startsWith('note: '))) printLine(paint('yellow', `      ${line}`));
}

function printTally(title, tally, seconds) {
  const sign = tally.failed > 0 ? paint('red', 'FAIL') : paint('green', 'ok  ');
  printLine(`  ${sign} ${title}: ${tally} (${seconds.toFixed(1)} s)`);
  for (const { name, reason } of tally.failures) {
    printLine(paint('red', `    failed: ${name}`));
    for (const line of reason.split('\n')) printLine(`      ${line}`);
  }
}
