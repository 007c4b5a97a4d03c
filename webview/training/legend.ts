import { headTitle } from '../../src/protocol/network-title';
import type { TrainingStringKey } from '../../src/protocol/training-strings';
import { element, icon, setText } from '../common/element';
import { runStyle, type ChartTheme, type RunStyle } from '../common/chart-style';
import { DrawnKey } from '../common/redrawn';
import { swatch } from '../common/swatch';
import { checkbox, type Checkbox } from '../common/ui';
import type { RunModel, TrainingModel } from './model';
import { text, type PageContext } from './page-context';

interface LegendItem {
  readonly root: HTMLElement;
  readonly box: Checkbox;
  readonly note: HTMLElement;
  readonly value: HTMLElement;
}

/** This run, its ancestors and those that were added: box, line, name, note, smoothed loss. */
export class Legend {
  readonly root: HTMLElement;
  private readonly list = element('ul', { class: 'runs' });
  private items: LegendItem[] = [];
  private readonly key = new DrawnKey();

  /** @param onLift called with a run's id while its item is hovered or focused */
  constructor(private readonly context: PageContext, private readonly onLift: (runId: string | undefined) => void) {
    const add = element('button', { type: 'button', class: 'link sm', id: 'add-run' }, text(context, 'addRun'));
    add.addEventListener('click', () => context.request({ name: 'chooseRuns' }, true));
    this.root = element('section', { 'aria-labelledby': 'runs-title' }, element('div', { class: 'row between' }, element('h2', { id: 'runs-title' }, text(context, 'runs')), add), this.list);
  }

  update(model: TrainingModel, theme: ChartTheme): void {
    if (this.key.isNew(model.runs.map(({ view }) => view.id), theme.runs)) {
      this.items = model.runs.map((run, index) => this.item(run, runStyle(theme, index)));
      this.list.replaceChildren(...this.items.map(({ root }) => root));
    }
    const { hidden, smoothing } = this.context.viewState();
    model.runs.forEach((run, index) => {
      const item = this.items[index] as LegendItem;
      const isShown = !hidden.includes(run.view.id);
      item.box.setChecked(isShown);
      item.root.classList.toggle('off', !isShown);
      setText(item.note, this.note(model, run));
      const loss = model.curves(run.history).smoothed('loss', smoothing).values.at(-1);
      setText(item.value, loss === undefined ? '–' : this.context.figures.loss(loss));
    });
  }

  /** Shows or hides the run at `index`. */
  toggle(model: TrainingModel, index: number): void {
    const run = model.runs[index];
    if (run) this.setShown(run.view.id, this.context.viewState().hidden.includes(run.view.id));
  }

  private item({ view }: RunModel, style: RunStyle): LegendItem {
    const name = view.record.name;
    const box = checkbox(text(this.context, 'showRun', name), (checked) => this.setShown(view.id, checked), true);
    const note = element('small');
    const value = element('span', { class: 'num' });
    const root = element('li', { 'data-run': name }, box.root, swatch(style), element('span', { class: 'name' }, element('span', { class: 'ell' }, name), note), value);
    if (view.role === 'added') root.append(this.removeButton(view.id, name));
    root.addEventListener('focusin', () => this.onLift(view.id));
    root.addEventListener('focusout', () => this.onLift(undefined));
    root.addEventListener('pointerenter', () => this.onLift(view.id));
    root.addEventListener('pointerleave', () => this.onLift(undefined));
    return { root, box, note, value };
  }

  private removeButton(id: string, name: string): HTMLElement {
    const label = text(this.context, 'removeRun', name);
    const made = element('button', { 'type': 'button', 'class': 'remove', 'title': label, 'aria-label': label }, icon('close'));
    made.addEventListener('click', () => this.context.request({ name: 'removeRun', params: { run: id } }));
    return made;
  }

  private note(model: TrainingModel, { view, history }: RunModel): string {
    const relation = text(this.context, relationOf(model, view));
    const step = history.last('step');
    const parts = [headTitle(view.record.head), relation];
    if (step !== undefined) parts.push(text(this.context, 'tooltipStep', this.context.figures.count(step)));
    if (view.badLines > 0) parts.push(text(this.context, 'badLines', this.context.figures.count(view.badLines)));
    return parts.join(', ');
  }

  private setShown(runId: string, isShown: boolean): void {
    const state = this.context.viewState();
    const others = state.hidden.filter((id) => id !== runId);
    this.context.setViewState({ ...state, hidden: isShown ? others : [...others, runId] });
  }
}

function relationOf({ own }: TrainingModel, { id, role }: RunModel['view']): TrainingStringKey {
  if (role === 'own') return 'runThis';
  if (role === 'added') return 'runAdded';
  return id === own.view.parentId ? 'runParent' : 'runAncestor';
}
