import type { HeadKind } from './run';
import type { ShownState } from './run-health';

export const runActionNames = ['pause', 'continue', 'stop-after-epoch', 'stop-now', 'resume', 'resume-arcface', 'evaluate'] as const;
export type RunActionName = (typeof runActionNames)[number];

export interface RunAction {
  readonly name: RunActionName;
  /** The next step of the journey; at most one per run. */
  readonly primary: boolean;
}

export interface ActionInput {
  readonly state: ShownState;
  readonly head: HeadKind;
  readonly hasCheckpoint: boolean;
  /** Training longer with this head no longer helps. */
  readonly flat: boolean;
}

/** What can be done with a run now, in the order of its buttons: the primary one, if any, comes last. */
export function runActions({ state, head, hasCheckpoint, flat }: ActionInput): RunAction[] {
  const canFork = head === 'softmax' && hasCheckpoint;
  const fork = canFork ? [action('resume-arcface')] : [];
  switch (state) {
    case 'waiting':
    case 'stopping':
      return [action('stop-now')];
    case 'running':
      return flat && canFork
        ? [action('pause'), action('stop-after-epoch'), action('resume-arcface', true)]
        : [...fork, action('stop-after-epoch'), action('pause', true)];
    case 'paused':
      return [...fork, action('stop-now'), action('continue', true)];
    case 'finished':
      return canFork ? [action('evaluate'), action('resume-arcface', true)] : [action('evaluate', true)];
    case 'stopped':
    case 'failed':
    case 'lost':
    case 'silent':
      if (!hasCheckpoint) return [];
      return flat && canFork && state === 'stopped' ? [action('resume'), action('resume-arcface', true)] : [...fork, action('resume', true)];
  }
}

function action(name: RunActionName, primary = false): RunAction {
  return { name, primary };
}
