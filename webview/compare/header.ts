import { allColumns } from '../../src/protocol/compare-table';
import { element, setText } from '../common/element';
import { DrawnKey } from '../common/redrawn';
import { button, checkbox, type Checkbox } from '../common/ui';
import type { PageContext } from './page-context';
import type { PageModel } from './page-model';

/** What is compared, on which photos, and what to do next. */
export class Header {
  readonly root: HTMLElement;
  private readonly title = element('h1');
  private readonly facts = element('p');
  private readonly columns: Checkbox;
  private readonly label = element('span');
  private readonly actions = element('span', { class: 'row' });
  private readonly key = new DrawnKey();

  /** @param onExport saves table, points or drawings */
  constructor(private readonly context: PageContext, private readonly onExport: () => void) {
    this.columns = checkbox(context.text('onlyChanged'), (checked) => context.setView({ allColumns: !checked }));
    this.root = element('header', { class: 'head' },
      element('div', { class: 'title' }, this.title, this.facts),
      element('div', { class: 'acts' }, this.columns.root, this.label, this.actions));
    this.label.className = 'mute sm';
  }

  /** @param columns number of columns in the table */
  update(model: PageModel, columns: number): void {
    const { figures, text } = this.context;
    const of = (count: number): string => figures.count(count);
    setText(this.title, model.rows.length === 1 ? text('titleOne', model.rows[0]?.name ?? '') : text('title', of(model.shown.length), of(model.rows.length)));
    setText(this.facts, this.judgedOn(model));
    this.columns.setChecked(this.context.view().allColumns !== true);
    setText(this.label, text('columnCount', of(columns), of(allColumns(model.rows).length)));
    this.updateActions(model);
  }

  private judgedOn({ rows }: PageModel): string {
    const { figures, text } = this.context;
    const evaluations = rows.flatMap(({ evaluation }) => (evaluation ? [evaluation] : []));
    const [first] = evaluations;
    if (first === undefined) return text('notEvaluated');
    if (new Set(evaluations.map(({ fingerprint }) => fingerprint)).size > 1) return text('judgedDifferently');
    return text('judgedOn', figures.count(first.people ?? 0), figures.count(first.samePairs), figures.count(first.differentPairs));
  }

  /** One way forward: measure, then compile; then there is only saving. */
  private updateActions({ focused, rows, locked }: PageModel): void {
    const { context } = this;
    if (!this.key.isNew(focused?.id, focused?.evaluation === undefined, rows.map(({ id }) => id), locked)) return;
    const save = button({ label: context.text('export'), icon: 'export', kind: 'quiet', title: context.text('exportTitle'), onPress: this.onExport });
    const isCompiled = rows.some(({ run, form }) => form === 'kmodel' && run === focused?.run);
    const next = focused === undefined || !focused.hasModel ? [] : focused.evaluation === undefined
      ? [button({ label: context.text('evaluateRow', focused.name), icon: 'target', kind: 'primary', disabledBecause: locked, onPress: () => context.request({ name: 'evaluate', params: { row: focused.id } }) })]
      : isCompiled ? [] : [button({ label: context.text('convertRow', focused.name), icon: 'chip', kind: 'primary', disabledBecause: locked, onPress: () => context.request({ name: 'convert', params: { row: focused.id } }) })];
    this.actions.replaceChildren(save, ...next);
  }
}
