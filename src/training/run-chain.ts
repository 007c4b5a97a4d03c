import { existsSync } from 'node:fs';
import path from 'node:path';
import type { RunRecord } from '../protocol/run';
import { runFiles } from '../protocol/run-files';
import { successorRecipe } from './recipe/compose-recipe';
import { parseRecipe } from './recipe/recipe-file';
import { checkpointSteps } from './run/checkpoint';
import { RunFolder, readRunRecord } from './run/run-folder';
import type { TrainingOutcome } from './trainer';
import { resumeRun, startRun, type NewRun, type TrainingEnvironment } from './training-job';

/** Trains a new run, and the one that follows where the head is switched. @returns the outcomes, first to last */
export async function trainNew(environment: TrainingEnvironment, run: NewRun): Promise<TrainingOutcome[]> {
  return goOn(environment, await startRun(environment, run));
}

/** Continues a run, or the one that followed it. @returns the outcomes, first to last */
export async function trainOn(environment: TrainingEnvironment, folder: string): Promise<TrainingOutcome[]> {
  const record = await readRunRecord(folder);
  const successor = successorOf(folder, record);
  if (successor !== undefined) return trainOn(environment, successor);
  // The job ended between the two runs.
  if (switchesHead(record)) return [await startSuccessor(environment, path.resolve(folder), record)];
  return goOn(environment, await resumeRun(environment, folder));
}

/** What a run and the one that followed it came to, first to last; undefined while there is none, or something of them is left to train. */
export async function finishedOutcomes(folder: string): Promise<TrainingOutcome[] | undefined> {
  if (!existsSync(path.join(folder, runFiles.record))) return undefined;
  const record = await readRunRecord(folder);
  if (record.state !== 'finished') return undefined;
  const outcome = { folder, record, step: (await checkpointSteps(folder)).at(-1) ?? record.lastStep };
  if (!switchesHead(record)) return [outcome];
  const successor = successorOf(folder, record);
  const later = successor === undefined ? undefined : await finishedOutcomes(successor);
  return later && [outcome, ...later];
}

/** Folder of the run that followed a run, once it has been written. */
export function successorOf(folder: string, { successor }: RunRecord): string | undefined {
  const found = successor === undefined ? undefined : path.resolve(folder, successor);
  return found !== undefined && existsSync(path.join(found, runFiles.record)) ? found : undefined;
}

async function goOn(environment: TrainingEnvironment, outcome: TrainingOutcome): Promise<TrainingOutcome[]> {
  if (!switchesHead(outcome.record)) return [outcome];
  return [outcome, await startSuccessor(environment, outcome.folder, outcome.record)];
}

/** Whether a run has ended so that another one with another head follows. */
function switchesHead({ state, ending, recipe }: RunRecord): boolean {
  const byRecipe = typeof recipe === 'object' && recipe !== null && 'switchHead' in recipe;
  return state === 'finished' && (ending?.rule === 'switch-head' || byRecipe);
}

async function startSuccessor(environment: TrainingEnvironment, folder: string, record: RunRecord): Promise<TrainingOutcome> {
  const source = path.join(folder, runFiles.record);
  const recipe = successorRecipe(parseRecipe(record.recipe, source), source);
  const out = record.successor === undefined ? freeFolder(`${folder}-${recipe.head.kind}`) : path.resolve(folder, record.successor);
  // Named first, so that a job that ends here finds it again.
  const parent = await RunFolder.open(folder);
  try {
    await parent.update({ successor: path.relative(folder, out) });
  } finally {
    await parent.close();
  }
  return startRun(environment, { out, recipe, parent: folder, recipeSource: source });
}

function freeFolder(wanted: string): string {
  let folder = wanted;
  for (let number = 2; existsSync(folder); number++) folder = `${wanted}-${number}`;
  return folder;
}
