import { existsSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../../base/user-error';
import { runFiles } from '../../protocol/run';
import { checkpointSteps, readCheckpoint, readNewestCheckpoint, type Checkpoint } from '../run/checkpoint';

/** A run, and which of its checkpoints: `runs/a` (the newest) or `runs/a@120`. A folder whose own name ends so is taken as it is. */
export function parseRunReference(text: string): { readonly run: string; readonly step: number | undefined } {
  const match = /^(.+)@(\d+)$/.exec(text);
  if (!match?.[1] || existsSync(path.join(text, runFiles.record))) return { run: text, step: undefined };
  return { run: match[1], step: Number(match[2]) };
}

/** @throws UserError listing the steps that there are when this one is not */
export async function readParentCheckpoint(run: string, step: number | undefined): Promise<Checkpoint> {
  if (step === undefined) return readNewestCheckpoint(run);
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
