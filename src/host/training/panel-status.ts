import path from 'node:path';
import * as z from 'zod';
import type { Figures } from '../../protocol/figures';
import { runActions } from '../../protocol/run-actions';
import { findRunFindings } from '../../protocol/run-findings';
import { shownState } from '../../protocol/run-health';
import type { PanelStatus, RunRole, RunView } from '../../protocol/training-panel';
import { parentFolder } from '../runs/lineage';
import type { RunFollower } from '../runs/run-follower';
import { findingView } from './finding-view';

/** The parts of a recipe that the page names; a recipe of another version may lack them. */
const recipeFactsSchema = z.object({
  batch: z.number().optional().catch(undefined),
  keepCheckpoints: z.number().optional().catch(undefined),
  head: z.object({ margin: z.number().optional().catch(undefined) }).optional().catch(undefined),
});

type FollowedRun = Pick<RunFollower, 'folder' | 'record' | 'health' | 'history' | 'badLines'>;

/**
 * States, findings and buttons of a run.
 * @param followed the run itself first, then its ancestors
 * @param added runs to compare with
 * @param locked why nothing may be started, if so
 */
export function panelStatus(followed: readonly FollowedRun[], added: readonly FollowedRun[], figures: Figures, locked: string | undefined): PanelStatus {
  const [own] = followed;
  if (own === undefined) throw new RangeError('A training panel needs a run.');
  const found = findRunFindings(own.record, own.history, own.health);
  const actions = runActions({
    state: shownState(own.record.state, own.health), head: own.record.head, hasCheckpoint: own.history.checkpoints.length > 0,
    flat: found.some(({ kind }) => kind === 'plateau'),
  });
  return {
    runs: [...followed.map((run, index) => runView(run, index === 0 ? 'own' : 'ancestor')), ...added.map((run) => runView(run, 'added'))],
    findings: found.map((finding) => findingView(finding, actions, figures)),
    actions,
    ...(locked === undefined ? {} : { locked }),
  };
}

function runView({ folder, record, health, badLines }: FollowedRun, role: RunRole): RunView {
  const parentId = parentFolder(folder, record);
  const facts = recipeFactsSchema.safeParse(record.recipe).data;
  const margin = facts?.head?.margin;
  return {
    // A renamed folder is what people see on disk.
    id: folder, role, record: { ...record, name: path.basename(folder) }, health, badLines,
    ...(parentId === undefined ? {} : { parentId }),
    ...(margin === undefined ? {} : { targetMargin: margin }),
    ...(facts?.batch === undefined ? {} : { batch: facts.batch }),
    ...(facts?.keepCheckpoints === undefined ? {} : { keptCheckpoints: facts.keepCheckpoints }),
  };
}
