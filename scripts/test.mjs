// `npm test`: sets everything up, then type check, lint, unit, integration and end-to-end tests.
// `npm test -- check|lint|unit|integration|e2e [filter]` runs one phase; the filter is part of a file's path or of a test's name.
// The last line is `N passed, N failed, N skipped`; the exit code is 1 when anything failed.
import path from 'node:path';
import { ScriptError, exitWithError, formatSeconds, paint, printLine, secondsSince } from './lib/console.mjs';
import { endChildrenOnSignals, runChild } from './lib/child-process.mjs';
import { Tally, findTestFiles, runTestFiles } from './lib/test-files.mjs';
import { TestTools } from './lib/test-tools.mjs';
import { cacheFolder, projectRoot, setUp, step } from './setup.mjs';

const toolLimitMs = 20 * 60_000;
const fileLimitMs = 20 * 60_000;
const engineLimitMs = 20 * 60_000;
const filesAtATime = 2;
const inCi = process.env.CI === 'true';
/** Files of minutes go first, so that none of them runs alone at the end; those that use all cores not two at a time. */
const longFiles = {
  integration: ['cluster-train', 'dataset-redis', 'training-run', 'cluster-step', 'training-kills', 'cluster-partial-fc', 'dataset-resume', 'deploy-command'],
  e2e: ['deploy.e2e', 'editors.e2e', 'compare.e2e', 'training.e2e'],
};
const tools = new TestTools();

/** A checker runs over the whole project and counts as one test. */
const checkers = {
  check: [
    ['type check of src and test', ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json', '--noEmit']],
    ['type check of webview', ['node_modules/typescript/bin/tsc', '-p', 'webview/tsconfig.json', '--noEmit']],
  ],
  lint: [['lint', ['node_modules/eslint/bin/eslint.js', '.', '--max-warnings', '0']]],
};

const phases = {
  check: (_filter, started) => judgeCheckers(started.check, 'type check'),
  lint: (_filter, started) => judgeCheckers(started.lint, 'lint'),
  unit: (filter) => runFolder('unit', filter),
  integration: runIntegration,
  e2e: runEndToEnd,
};
const phasesWithEngine = ['unit', 'integration', 'e2e'];

endChildrenOnSignals();
await main().catch(exitWithError);

async function main() {
  const [only, filter] = process.argv.slice(2);
  if (only !== undefined && !(only in phases)) {
    throw new ScriptError(`There is no test phase "${only}"; the phases are ${Object.keys(phases).join(', ')}.`);
  }
  const chosen = only === undefined ? Object.keys(phases) : [only];
  const startMs = performance.now();
  await setUp({ tests: true });
  if (chosen.some((name) => phasesWithEngine.includes(name))) await installEngine();
  printLine(`Set-up took ${formatSeconds(secondsSince(startMs))}`);
  if (only === undefined) tools.provideAll();
  // None of them uses all cores, so all go at a time.
  const started = Object.fromEntries(chosen.filter((name) => name in checkers).map((name) => [name, startCheckers(checkers[name])]));
  const total = new Tally();
  for (const name of chosen) total.addAll(await runPhase(name, filter, started));
  if (total.total === 0) total.add('failed', 'all', 'No test ran.');
  printSummary(total, secondsSince(startMs));
  process.exitCode = total.failed > 0 ? 1 : 0;
}

async function runPhase(name, filter, started) {
  printLine();
  printLine(paint('bold', name));
  const startMs = performance.now();
  const tally = await phases[name](filter, started);
  printLine(`${name}: ${tally} in ${formatSeconds(secondsSince(startMs))}`);
  return tally;
}

/** Without a native engine the tests that need it say so and are skipped; so a failure here is told, not fatal. */
async function installEngine() {
  const result = await step('Providing the engine', 'engine-install', engineLimitMs, process.execPath, ['dist/cli.js', 'engine', 'install']);
  if (result.code === 0) return;
  const said = result.output.trim().split('\n').at(-1) ?? '';
  printLine(paint('yellow', `The engine could not be provided, tests that need it are skipped: ${said} (log: ${result.logFile})`));
}

function startCheckers(list) {
  return list.map(async ([name, args]) => ({ name, ...(await runChild(process.execPath, args, { cwd: projectRoot, timeoutMs: toolLimitMs })) }));
}

/** Counts as one test, however many programs it takes. */
async function judgeCheckers(started, title) {
  const tally = new Tally();
  const bad = (await Promise.all(started)).filter(({ code }) => code !== 0);
  for (const { name, output, code, timedOut } of bad) {
    printLine(paint('red', `  FAIL ${name} (${timedOut ? 'took too long' : `code ${code}`})`));
    printLine(output.trimEnd());
  }
  if (bad.length === 0) tally.add('passed');
  else tally.add('failed', title, bad.map(({ name }) => name).join(', '));
  return tally;
}

async function runFolder(name, filter, env) {
  const base = path.join(projectRoot, 'dist', 'test');
  const first = (longFiles[name] ?? []).map((file) => path.join(base, name, `${file}.test.js`));
  const found = findTestFiles(path.join(base, name));
  const all = [...first.filter((file) => found.includes(file)), ...found.filter((file) => !first.includes(file))];
  const named = filter === undefined ? all : all.filter((file) => path.relative(base, file).includes(filter));
  const byName = filter !== undefined && named.length === 0;
  return runTestFiles(byName ? all : named, {
    root: projectRoot, workFolder: path.join(cacheFolder, 'test-results'), concurrency: filesAtATime, timeoutMs: fileLimitMs,
    ...(byName ? { namePattern: filter } : {}), ...(env ? { env } : {}),
  });
}

/** Tests that need Python for a second opinion, or a Redis or ssh server, say so and are skipped without it. */
async function runIntegration(filter) {
  const { env, missing } = await tools.forIntegration();
  for (const sentence of missing) printLine(paint('yellow', `  ${sentence}`));
  return runFolder('integration', filter, env);
}

async function runEndToEnd(filter) {
  const { env, missing } = await tools.forEndToEnd();
  return missing === undefined ? runFolder('e2e', filter, env) : withoutWorkbench(missing);
}

/** CI has everything that the workbench needs, so there a missing one is a failure. */
function withoutWorkbench(reason) {
  const tally = new Tally();
  printLine(paint('yellow', `  ${inCi ? 'failed' : 'skipped'}: ${reason}`));
  for (const file of findTestFiles(path.join(projectRoot, 'dist', 'test', 'e2e'))) {
    tally.add(inCi ? 'failed' : 'skipped', `e2e > ${path.basename(file, '.test.js')}`, reason);
  }
  return tally;
}

/** What went wrong and where, of a message that may have hundreds of lines. */
function gistOf(reason) {
  const lines = reason.split('\n').map((line) => line.trim());
  return [lines.find((line) => line !== ''), lines.find((line) => /^at .*\/test\/(unit|integration|e2e)\//.test(line))].filter((line) => line !== undefined);
}

function printSummary(total, seconds) {
  printLine();
  if (total.failures.length > 0) printLine(paint('red', 'Failed:'));
  for (const { name, reason } of total.failures) {
    printLine(`  ${name}`);
    for (const line of gistOf(reason)) printLine(paint('dim', `    ${line}`));
  }
  printLine(`All phases took ${formatSeconds(seconds)}`);
  printLine(total.toString());
}
