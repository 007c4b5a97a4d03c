import { createHash } from 'node:crypto';
import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { writeFolderAtomic } from '../../base/atomic-file';
import { UserError, errorCode } from '../../base/user-error';
import type { Weight, Weights } from '../../network/network-spec';
import { decodeSafetensors, encodeSafetensors } from '../../network/safetensors';
import { runFiles } from '../../protocol/run-files';

const checkpointSchema = z.object({
  format: z.literal(1),
  /** Step of the whole lineage, as in events.jsonl. */
  step: z.number().int(),
  /** Updates since the optimizer's slots were zero. */
  update: z.number().int(),
  /** Next sample of the data order. */
  position: z.number().int(),
  seed: z.number().int(),
  plateau: z.object({ reduction: z.number(), bestLoss: z.number().nullable(), epochsWithoutGain: z.number().int() }),
  /** Sum and count of the losses since the last end of an epoch. */
  epochLoss: z.object({ sum: z.number(), steps: z.number().int() }),
  /** Sum and count of the losses of the run's first steps, 20 at most. */
  startLoss: z.object({ sum: z.number(), steps: z.number().int() }),
  /** Best verification so far, as the run compares it. */
  bestScore: z.number().nullable(),
  /** What early stopping compares with; `epoch` and `step` are those of the best value. */
  earlyStopping: z.object({ best: z.number(), epoch: z.number().int(), step: z.number().int() }).nullable().default(null),
  /** Smoothed losses of the last epochs, for the rule that switches the head. */
  smoothedLosses: z.array(z.number()).default([]),
  /** Whether the epoch that ended with this step is still to be judged: the job was told to end meanwhile. */
  epochEnds: z.boolean().default(false),
  /** SHA-256 of state.safetensors. */
  sha256: z.string(),
});
export type CheckpointRecord = z.infer<typeof checkpointSchema>;
/** Everything but the checksum, which is made while writing. */
export type TrainingState = Omit<CheckpointRecord, 'format' | 'sha256'>;

export interface Checkpoint {
  readonly state: TrainingState;
  /** Weights of network and head, and the optimizer's slots. */
  readonly values: Map<string, Weight>;
}

const recordFile = 'checkpoint.json';
const stateFile = 'state.safetensors';

/** Writes `checkpoints/<step>/` under a temporary name and renames it; then removes all but the newest `keep` and the best one. */
export async function writeCheckpoint(run: string, state: TrainingState, values: Weights, keep: number): Promise<void> {
  const bytes = encodeSafetensors(values, { step: String(state.step) });
  const record: CheckpointRecord = { format: 1, ...state, sha256: sha256(bytes) };
  await writeFolderAtomic(checkpointFolder(run, state.step), async (temporary) => {
    await writeFile(path.join(temporary, stateFile), bytes, { flush: true });
    await writeFile(path.join(temporary, recordFile), `${JSON.stringify(record, null, 2)}\n`, { flush: true });
  });
  const steps = await checkpointSteps(run);
  const old = steps.slice(0, Math.max(0, steps.length - keep)).filter((step) => step !== state.earlyStopping?.step);
  await Promise.all(old.map((step) => rm(checkpointFolder(run, step), { recursive: true, force: true })));
}

/** Steps of the checkpoints of a run, ascending. Left-overs of an interrupted write are not among them. */
export async function checkpointSteps(run: string): Promise<number[]> {
  try {
    const names = await readdir(path.join(run, runFiles.checkpoints));
    return names.filter((name) => /^\d+$/.test(name)).map(Number).sort((a, b) => a - b);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/**
 * The newest checkpoint that is whole. A damaged one is passed over.
 * @throws UserError when none is left
 */
export async function readNewestCheckpoint(run: string): Promise<Checkpoint> {
  const steps = await checkpointSteps(run);
  let cause: unknown;
  for (const step of steps.reverse()) {
    try {
      return await readCheckpoint(run, step);
    } catch (error) {
      cause = error;
    }
  }
  const action = 'Start a new run; this one has nothing to continue from.';
  if (cause === undefined) throw new UserError(`${run} has no checkpoint.`, action);
  throw new UserError(`No checkpoint of ${run} is whole.`, action, { cause });
}

/** @throws Error when a file is missing, cut off or does not match its checksum */
export async function readCheckpoint(run: string, step: number): Promise<Checkpoint> {
  const folder = checkpointFolder(run, step);
  const record = checkpointSchema.parse(JSON.parse(await readFile(path.join(folder, recordFile), 'utf8')));
  const bytes = await readFile(path.join(folder, stateFile));
  const { sha256: expected, format: _format, ...state } = record;
  if (sha256(bytes) !== expected) throw new Error(`${path.join(folder, stateFile)} does not match its checksum`);
  return { state, values: decodeSafetensors(bytes).weights };
}

function checkpointFolder(run: string, step: number): string {
  return path.join(run, runFiles.checkpoints, String(step));
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
