import type { PageStrings } from './page-strings';

/** Texts of the deploy page that never change; all others come with the view. */
export const deployStringKeys = [
  'loading', 'board', 'steps', 'stepsLabel', 'address', 'path', 'targetLabel', 'targetFlash', 'targetFile', 'withProgram', 'showBytes', 'hideBytes', 'samePhoto', 'cosine', 'time',
  'align', 'photoAlt', 'uploadLabel', 'stateWait', 'stateNow', 'stateDone', 'stateFailed', 'stateStopped', 'stateSkipped',
] as const;
export type DeployStringKey = (typeof deployStringKeys)[number];
export type DeployStrings = PageStrings<DeployStringKey>;
