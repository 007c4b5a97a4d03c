import path from 'node:path';
import { z } from 'zod';
import type { Figures } from '../../protocol/figures';
import { runActions } from '../../protocol/run-actions';
import { findRunFindings } from '../../protocol/run-findings';
import { shownState } from '../../protocol/run-health';
import type { PanelStatus, RunView } from '../../protocol/training-panel';
import type { RunFollower } from '../runs/run-follower';
import { findingView } from './finding-view';

/** The parts of a recipe that the page names; a recipe of another version may lack them. */
const recipeFactsSchema = z.object({
  batch: z.number().optional().catch(undefined),
  head: z.object({ margin: z.number().optional().catch(undefined) }).optional().catch(undefined),
});

type FollowedRun = Pick<RunFollower, 'folder' | 'record' | 'health' | 'history' | 'badLines'>;

/**
 * States, findings and buttons of a run.
 * @param followed the run itself first, then its ancestors
 * @param locked why nothing may be started, if so
 */
export function panelStatus(followed: readonly FollowedRun[], figures: Figures, locked: string | undefined): PanelStatus {
  const [own] = followed;
  if (own === undefined) throw new RangeError('A training panel needs a run.');
  const found = findRunFindings(own.record, own.history, own.health);
  const actions = runActions({
    state: shownState(own.record.state, own.health), head: own.record.head, hasCheckpoint: own.history.checkpoints.length > 0,
    flat: found.some(({ kind }) => kind === 'plateau'),
  });
  return {
    runs: followed.map(runView),
    findings: found.map((finding) => findingView(finding, actions, figures)),
    actions,
    ...(locked === undefined ? {} : { locked }),
  };
}

function runView({ folder, record, health, badLines }: FollowedRun): RunView {
  const facts = recipeFactsSchema.safeParse(record.recipe).data;
  const margin = facts?.head?.margin;
  return {
    // A renamed folder is what people see on disk.
    id: folder, record: { ...record, name: path.basename(folder) }, health, badLines,
    ...(margin === undefined ? {} : { targetMargin: margin }),
    ...(facts?.batch === undefined ? {} : { batch: facts.batch }),
  };
}
