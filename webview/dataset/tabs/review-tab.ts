import { element } from '../../common/element';
import { button } from '../../common/ui';
import type { ExplorerModel } from '../model';
import type { PageContext } from '../page-context';

/** What a tab puts in the place of the folder's facts and actions. */
export interface TabHead {
  readonly facts: string;
  readonly actions: readonly Node[];
  /** Changes whenever the actions do. */
  readonly key: string;
}

/** A tab beside the photos. */
export interface ReviewTab {
  readonly root: HTMLElement;
  update(model: ExplorerModel): void;
  head(model: ExplorerModel): TabHead | undefined;
}

/** One sentence and the one thing to do. */
export function emptyState(sentence: string, action?: HTMLElement, kind?: string): HTMLElement {
  return element('div', { class: kind === undefined ? 'empty' : `empty ${kind}` }, element('p', {}, sentence), ...(action ? [action] : []));
}

/** What a tab shows that needs a check of the dataset which was never made; not in sight while one is running. */
export function uncheckedState(context: PageContext, model: ExplorerModel): HTMLElement {
  return emptyState(context.text('auditNone'), checkButton(context, model, 'primary'), 'unchecked');
}

export function checkButton(context: PageContext, model: ExplorerModel, kind: 'primary' | 'quiet'): HTMLElement {
  return button({ label: context.text('auditRun'), icon: 'checklist', kind, disabledBecause: model.snapshot.locked, onPress: () => context.request({ name: 'audit' }) });
}

/** Facts of every review: what leaving out does. */
export function leaveOutFacts(context: PageContext): string {
  return context.text('factsListFile', 'leave-out.txt');
}
