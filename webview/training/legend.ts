import { headTitle } from '../../src/protocol/network-title';
import { element, setText } from '../common/element';
import { swatch } from '../common/swatch';
import type { ChartTheme, RunStyle } from '../common/theme';
import { checkbox, type Checkbox } from '../common/ui';
import { smooth } from './chart/points';
import type { RunModel, TrainingModel } from './model';
import { text, type PageContext } from './page-context';

interface LegendItem {
  readonly root: HTMLElement;
  readonly box: Checkbox;
  readonly note: HTMLElement;
  readonly value: HTMLElement;
}

/** This run and its ancestors: box, line, name, note, smoothed loss. */
export class Legend {
  readonly root: HTMLElement;
  private readonly list = element('ul', { class: 'runs' });
  private items: LegendItem[] = [];
  private shown = '';

  /** @param onLift called with a run's id while its item is hovered or focused */
  constructor(private readonly context: PageContext, private readonly onLift: (runId: string | undefined) => void) {
    this.root = element('section', { 'aria-labelledby': 'runs-title' }, element('h2', { id: 'runs-title' }, text(context, 'runs')), this.list);
  }

  update(model: TrainingModel, theme: ChartTheme): void {
    const key = JSON.stringify([model.runs.map(({ view }) => view.id), theme.runs]);
    if (key !== this.shown) {
      this.shown = key;
      this.items = model.runs.map((run, index) => this.item(run, theme.runs[index % theme.runs.length] as RunStyle));
      this.list.replaceChildren(...this.items.map(({ root }) => root));
    }
    const { hidden, smoothing } = this.context.viewState();
    model.runs.forEach((run, index) => {
      const item = this.items[index] as LegendItem;
      const isShown = !hidden.includes(run.view.id);
      item.box.setChecked(isShown);
      item.root.classList.toggle('off', !isShown);
      setText(item.note, this.note(run, index));
      const loss = smooth(run.history.column('loss'), smoothing).at(-1);
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
    root.addEventListener('pointerenter', () => this.onLift(view.id));
    root.addEventListener('pointerleave', () => this.onLift(undefined));
    return { root, box, note, value };
  }

  private note({ view, history }: RunModel, index: number): string {
    const relation = text(this.context, index === 0 ? 'runThis' : index === 1 ? 'runParent' : 'runAncestor');
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
