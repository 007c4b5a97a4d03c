import { headTitle, networkTitle } from '../../src/protocol/network-title';
import type { RunActionName } from '../../src/protocol/run-actions';
import type { ShownState } from '../../src/protocol/run-health';
import type { TrainingStringKey } from '../../src/protocol/training-strings';
import { element, icon, setText, type IconName } from '../common/element';
import { DrawnKey } from '../common/redrawn';
import { button } from '../common/ui';
import type { TrainingModel } from './model';
import { text, type PageContext } from './page-context';

const stateLooks: Readonly<Record<ShownState, { readonly icon: IconName; readonly tone: string; readonly text: TrainingStringKey }>> = {
  waiting: { icon: 'clock', tone: '', text: 'stateWaiting' },
  running: { icon: 'circle-filled', tone: 'good live', text: 'stateRunning' },
  paused: { icon: 'debug-pause', tone: '', text: 'statePaused' },
  stopping: { icon: 'clock', tone: '', text: 'stateStopping' },
  finished: { icon: 'pass', tone: 'good', text: 'stateFinished' },
  stopped: { icon: 'stop', tone: '', text: 'stateStopped' },
  failed: { icon: 'error', tone: 'bad', text: 'stateFailed' },
  silent: { icon: 'warning', tone: 'warn', text: 'stateSilent' },
  lost: { icon: 'error', tone: 'bad', text: 'stateLost' },
};

const actionLooks: Readonly<Record<RunActionName, { readonly icon: IconName; readonly text: TrainingStringKey }>> = {
  'pause': { icon: 'debug-pause', text: 'actionPause' },
  'continue': { icon: 'play', text: 'actionContinue' },
  'stop-after-epoch': { icon: 'stop-after', text: 'actionStopAfterEpoch' },
  'stop-now': { icon: 'stop', text: 'actionStopNow' },
  'resume': { icon: 'debug-continue', text: 'actionResume' },
  'resume-arcface': { icon: 'repo-forked', text: 'actionResumeArcface' },
  'evaluate': { icon: 'target', text: 'actionEvaluate' },
};

/** Name, state, facts, and what can be done. */
export class Header {
  readonly root: HTMLElement;
  private readonly title = element('h1');
  private readonly pill = element('span', { class: 'pill', role: 'status' });
  private readonly facts;
  private readonly actions = element('div', { class: 'acts' });
  private shownPill = '';
  private readonly factsKey = new DrawnKey();
  private readonly actionsKey = new DrawnKey();

  constructor(private readonly context: PageContext) {
    this.facts = element('p', {}, text(context, 'loading'));
    this.root = element('header', { class: 'head' },
      element('div', { class: 'title' }, element('div', { class: 'row' }, this.title, this.pill), this.facts),
      this.actions);
  }

  update(model: TrainingModel): void {
    setText(this.title, model.own.view.record.name);
    this.updatePill(model);
    this.updateFacts(model);
    this.updateActions(model);
  }

  private updatePill(model: TrainingModel): void {
    const { health } = model.own.view;
    const looks = stateLooks[model.state];
    const seconds = health.kind === 'silent' ? Math.round(health.silentMs / 1000) : 0;
    const label = text(this.context, looks.text, this.context.figures.count(seconds));
    if (label === this.shownPill) return;
    this.shownPill = label;
    this.pill.replaceChildren(element('span', { class: looks.tone }, icon(looks.icon)), label);
    this.pill.dataset['state'] = model.state;
  }

  private updateFacts(model: TrainingModel): void {
    const { record } = model.own.view;
    if (!this.factsKey.isNew(record.network, record.imageSize, record.identities, record.parent)) return;
    const size = `${record.imageSize} × ${record.imageSize}`;
    const people = text(this.context, 'factPeople', this.context.figures.count(record.identities));
    const children: (Node | string)[] = [`${networkTitle(record.network)}, ${size}, ${people}`, element('span', { class: 'dot' }, ' · '), headTitle(record.head)];
    if (record.parent) children.push(...this.parentFact(model, record.parent));
    this.facts.replaceChildren(...children);
  }

  /** ", forked from r07 at step 2,400", where the name opens the parent if it is still there. */
  private parentFact(model: TrainingModel, parent: { name: string; step: number }): (Node | string)[] {
    const parentView = model.runs.find(({ view }) => view.id === model.own.view.parentId)?.view;
    const name = parentView ? element('a', { href: '#' }, parent.name) : parent.name;
    if (parentView && name instanceof HTMLElement) {
      name.addEventListener('click', (event) => {
        event.preventDefault();
        this.context.request({ name: 'openRun', params: { run: parentView.id } });
      });
    }
    const [before, after] = text(this.context, 'factForked', '\u0000', this.context.figures.count(parent.step)).split('\u0000');
    return [before ?? '', name, after ?? ''];
  }

  private updateActions(model: TrainingModel): void {
    const { actions, locked } = model.status;
    if (!this.actionsKey.isNew(actions, locked)) return;
    this.actions.replaceChildren(...actions.map(({ name, primary }) => button({
      label: text(this.context, actionLooks[name].text),
      icon: actionLooks[name].icon,
      kind: primary ? 'primary' : 'secondary',
      disabledBecause: locked,
      onPress: () => this.context.request({ name: 'action', params: { name } }),
    })));
  }
}
