import { element, setText } from '../common/element';
import { button } from '../common/ui';
import type { ExplorerModel } from './model';
import type { PageContext } from './page-context';

/** Name, facts and what can be done with the whole folder; other tabs put their own actions there. */
export class Header {
  readonly root: HTMLElement;
  private readonly title = element('h1');
  private readonly facts: HTMLElement;
  private readonly problem = element('p', { class: 'problem hide', role: 'alert' });
  private readonly actions = element('div', { class: 'acts' });
  private shownActions = '';

  constructor(private readonly context: PageContext) {
    this.facts = element('p', {}, context.text('loading'));
    this.root = element('header', { class: 'head' }, element('div', { class: 'title' }, this.title, this.facts, this.problem), this.actions);
  }

  /** @param own actions of the tab in sight, which take the place of the folder's */
  update(model: ExplorerModel, own: { readonly facts: string; readonly actions: readonly Node[]; readonly key: string } | undefined): void {
    const { text } = this.context;
    setText(this.title, model.snapshot.name);
    setText(this.facts, own?.facts ?? this.factLine(model));
    setText(this.problem, model.plan.problem ?? '');
    this.problem.classList.toggle('hide', model.plan.problem === undefined);
    const key = own?.key ?? `folder ${model.snapshot.locked ?? ''} ${model.lists.undo ?? ''}`;
    if (key === this.shownActions) return;
    this.shownActions = key;
    const { undo } = model.lists;
    this.actions.replaceChildren(...(own?.actions ?? [
      ...(undo === undefined ? [] : [button({ label: text('undo', undo), icon: 'discard', kind: 'quiet', title: 'Ctrl+Z', disabledBecause: model.snapshot.locked, onPress: () => this.context.request({ name: 'undo' }) })]),
      button({ label: text('editPolicy'), icon: 'filter', kind: 'secondary', disabledBecause: model.snapshot.locked, onPress: () => this.context.request({ name: 'editPolicy' }) }),
      button({ label: text('prepare'), kind: 'primary', disabledBecause: model.snapshot.locked, onPress: () => this.context.request({ name: 'prepare' }) }),
    ]));
  }

  private factLine(model: ExplorerModel): string {
    const { text, figures } = this.context;
    const { cropsOf, size } = model.plan;
    const people = cropsOf.filter((crops) => crops > 0).length;
    const crops = cropsOf.reduce((sum, count) => sum + count, 0);
    const parts = [text('facts', figures.count(model.people.length), figures.count(model.photoCount))];
    if (model.leftOutCount > 0) parts.push(text('factsLeftOut', figures.count(model.leftOutCount)));
    return `${parts.join(', ')} · ${text('factsPlan', figures.count(people), figures.count(crops), `${size} × ${size}`)}`;
  }
}
