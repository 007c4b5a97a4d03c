import type { LineageNode } from './lineage';

/** Second argument of "Open Run" from the tree, where F2, Delete and the arrows are to work on. */
export const keepFocus = 'keepFocus';

/** Folder of the run that is selected, if just one is. */
export function selectedRun(selection: readonly LineageNode[]): string | undefined {
  const [only, ...others] = selection;
  return only?.kind === 'run' && others.length === 0 ? only.entry.folder : undefined;
}
