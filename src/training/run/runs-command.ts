import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import type { CommandResult, CommandRunner } from '../../base/command';
import { UserError, errorCode } from '../../base/user-error';
import { flatFacts } from '../../protocol/flat-facts';
import type { RunRecord, VerificationSummary } from '../../protocol/run';
import { runFiles } from '../../protocol/run-files';
import { shownState, type ShownState } from '../../protocol/run-health';
import { registerControlCommand } from './control-command';
import { watchRunHealth } from './read-health';
import { readRunHistory } from './read-history';
import { readRunRecord } from './run-folder';
import { showRun } from './show-run';

interface FoundRun {
  readonly folder: string;
  readonly record: RunRecord;
}

/** A run with what its job does now. */
interface ListedRun extends FoundRun {
  readonly state: ShownState;
}

/** Folders below the given one that are looked through for runs. */
const searchDepth = 3;

export function registerRunsCommands(program: Command, run: CommandRunner): void {
  const runs = program.command('runs').description('look at trainings');
  run(runs.command('list').argument('<folder>', 'folder to look through').description('list the runs below a folder, children after their parents'), async ([folder = '.']) =>
    listResult(folder, await Promise.all((await findRuns(folder)).map(withState))),
  );
  registerControlCommand(runs, run);
  run(runs.command('compare').argument('<runs...>', 'run folders').description('put runs side by side: what differs in their recipes, and how good they are'), async (folders) =>
    compareResult(await Promise.all(folders.map(async (folder) => ({ folder, record: await readRunRecord(folder) })))),
  );
  run(runs.command('show').argument('<run>', 'run folder').description('one run: how far it is, how good it is, and what its curves say'), async ([folder = '']) => {
    const record = await readRunRecord(folder);
    return showRun(folder, record, await readRunHistory(folder), await watchRunHealth(folder, record));
  });
}

/** Runs below a folder, oldest first. @throws UserError when the folder cannot be read */
async function findRuns(folder: string, depth = searchDepth): Promise<FoundRun[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (depth < searchDepth) return [];
    throw new UserError(`${folder} cannot be listed (${errorCode(error) ?? 'unknown reason'}).`, 'Name a folder that holds runs.', { cause: error });
  });
  if (entries.some((entry) => entry.name === runFiles.record)) return [{ folder, record: await readRunRecord(folder) }];
  if (depth === 0) return [];
  const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules');
  const found = await Promise.all(folders.map((entry) => findRuns(path.join(folder, entry.name), depth - 1)));
  return found.flat().sort((a, b) => a.record.createdAt.localeCompare(b.record.createdAt));
}

async function withState(run: FoundRun): Promise<ListedRun> {
  return { ...run, state: shownState(run.record.state, await watchRunHealth(run.folder, run.record)) };
}

function listResult(folder: string, runs: readonly ListedRun[]): CommandResult {
  const byFolder = new Map(runs.map((run) => [path.resolve(run.folder), run]));
  const parentOf = ({ folder: own, record }: ListedRun): ListedRun | undefined => record.parent && byFolder.get(path.resolve(own, record.parent.run));
  const lines: string[] = [];
  const add = (run: ListedRun, depth: number): void => {
    lines.push(`${'  '.repeat(depth)}${describe(run)}`);
    runs.filter((other) => parentOf(other) === run).forEach((child) => add(child, depth + 1));
  };
  runs.filter((run) => !parentOf(run)).forEach((root) => add(root, 0));
  return { result: { runs: runs.map(({ folder: own, record, state }) => ({ folder: own, ...record, state })) }, text: lines.length > 0 ? lines.join('\n') : `No runs in ${folder}.` };
}

function describe({ folder, record, state }: ListedRun): string {
  const { network, head, parent, firstStep, lastStep, result } = record;
  const origin = parent ? `, from ${parent.name} at step ${parent.step}` : '';
  const quality = result?.verification ? `, AUC ${result.verification.auc.toFixed(4)}` : '';
  const loss = result ? `, loss ${result.lastLoss.toFixed(3)}` : '';
  return `${folder}  ${state}  ${network} ${head}${origin}, steps ${firstStep} to ${lastStep}${loss}${quality}`;
}

function compareResult(runs: readonly FoundRun[]): CommandResult {
  const facts = runs.map(({ record }) => flatten(record));
  const names = [...new Set(facts.flatMap((fact) => Object.keys(fact)))];
  const differing = names.filter((name) => new Set(facts.map((fact) => fact[name])).size > 1);
  const rows = [['', ...runs.map(({ record }) => record.name)], ...differing.map((name) => [name, ...facts.map((fact) => fact[name] ?? '–')])];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return {
    result: { runs: runs.map(({ folder, record }) => ({ folder, ...record })), differing },
    text: rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd()).join('\n'),
  };
}

/** What is worth comparing of a run, as text by dotted name. */
function flatten({ recipe, network, head, identities, images, result, engine }: RunRecord): Record<string, string> {
  const { verification, ...rest } = result ?? {};
  const leaves = [...flatFacts({ network, head, identities, images, engine, recipe, result: rest })];
  const facts = Object.fromEntries(leaves.map(([name, value]) => [name, typeof value === 'number' && !Number.isInteger(value) ? String(Number(value.toPrecision(5))) : String(value)]));
  if (verification) addVerification(facts, verification);
  return facts;
}

/** Figures with their intervals in one cell, so that a difference can be told from chance at a glance. */
function addVerification(facts: Record<string, string>, { intervals, ...figures }: VerificationSummary): void {
  for (const [name, value] of Object.entries(figures)) {
    if (value === undefined) continue;
    const interval = intervals && name in intervals ? intervals[name as 'accuracy' | 'auc' | 'eer' | 'threshold'] : undefined;
    const range = interval ? ` (${interval.low.toFixed(4)} to ${interval.high.toFixed(4)})` : '';
    facts[`result.verification.${name}`] = `${Number.isInteger(value) ? value : Number(value.toPrecision(5))}${range}`;
  }
}
