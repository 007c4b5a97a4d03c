import { existsSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../../base/user-error';
import { readModelFolder } from '../../network/model-folder';
import type { Weight, Weights } from '../../network/network-spec';
import { runFiles } from '../../protocol/run-files';
import { withAverages } from '../graph/weight-average';
import { checkpointSteps, readCheckpoint, readNewestCheckpoint, type Checkpoint } from '../run/checkpoint';

/** Which state of a run: that of a step, of the best verification so far, or the newest. */
export type RunPoint = number | 'best' | 'last';

/** A run, and which of its states: `runs/a` and `runs/a@last` (the newest), `runs/a@best`, `runs/a@120`. A folder whose own name ends so is taken as it is. */
export function parseRunReference(text: string): { readonly run: string; readonly point: RunPoint } {
  const match = /^(.+)@(\d+|best|last)$/.exec(text);
  const [, run, point] = match ?? [];
  if (run === undefined || existsSync(path.join(text, runFiles.record))) return { run: text, point: 'last' };
  return { run, point: point === 'best' || point === 'last' ? point : Number(point) };
}

export interface ParentCheckpoint {
  readonly step: number;
  /** The network as it was verified; head and optimizer too where a checkpoint of this state is left. */
  readonly values: Weights;
}

/** @throws UserError saying what there is instead */
export async function readParentCheckpoint(run: string, point: RunPoint): Promise<ParentCheckpoint> {
  if (point === 'best') return readBest(run);
  return parentOf(point === 'last' ? await readNewestCheckpoint(run) : await readStep(run, point));
}

function parentOf({ state, values }: Checkpoint): ParentCheckpoint {
  return { step: state.step, values: withAverages(values) };
}

async function readStep(run: string, step: number): Promise<Checkpoint> {
  const steps = await checkpointSteps(run);
  if (!steps.includes(step)) {
    const action = steps.length === 0 ? 'Train it first.' : `Choose one of ${steps.join(', ')}, or leave the step out for the newest.`;
    throw new UserError(`${run} has no checkpoint of step ${step}.`, action);
  }
  try {
    return await readCheckpoint(run, step);
  } catch (error) {
    throw new UserError(`The checkpoint of step ${step} of ${run} is damaged.`, 'Choose another one, or leave the step out for the newest that is whole.', { cause: error });
  }
}

/** The model of the best verification; with the head of the checkpoint that it is from, when that is still there. */
async function readBest(run: string): Promise<ParentCheckpoint> {
  const folder = path.join(run, runFiles.bestModel);
  if (!existsSync(folder)) throw new UserError(`${run} has no best model: it was not verified on held-out people.`, 'Name one of its steps, or leave @best out for the newest checkpoint.');
  const { record, weights } = await readModelFolder(folder);
  const step = record.trained?.step ?? 0;
  const checkpoint = await readCheckpoint(run, step).then(parentOf, () => undefined);
  const isItsOwn = checkpoint !== undefined && [...weights].every(([name, weight]) => isSame(checkpoint.values.get(name), weight));
  return isItsOwn ? checkpoint : { step, values: weights };
}

/** Bit for bit. */
function isSame(a: Weight | undefined, b: Weight): boolean {
  return a !== undefined && a.data.length === b.data.length && a.data.every((value, i) => Object.is(value, b.data[i]));
}
