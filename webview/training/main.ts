import { Figures } from '../../src/protocol/figures';
import { isActive } from '../../src/protocol/run-health';
import type { HostMessage, PanelRequest } from '../../src/protocol/training-panel';
import type { TrainingStringKey, TrainingStrings } from '../../src/protocol/training-strings';
import { Announcer } from '../common/announcer';
import { element } from '../common/element';
import { HostChannel } from '../common/host-channel';
import { oncePerFrame } from '../common/once-per-frame';
import { readPageStrings } from '../common/page-texts';
import { Refusal } from '../common/refusal';
import { readChartTheme, watchTheme } from '../common/theme';
import { registerComponents } from '../common/ui';
import { Charts } from './charts';
import { CloserLook } from './closer-look';
import { Findings } from './findings';
import { Header } from './header';
import { Legend } from './legend';
import { TrainingModel } from './model';
import { Numbers } from './numbers';
import { text, type PageContext } from './page-context';
import { ProgressLine } from './progress-line';
import { StepSplit } from './step-split';
import { Tools } from './tools';
import { restoreAddedRuns, restoreViewState, type ViewState } from './view-state';

/** The page: one model, its sections, and one drawing at most per animation frame. */
class TrainingPage {
  private readonly channel = new HostChannel<HostMessage, PanelRequest>((message) => this.receive(message));
  private readonly context: PageContext;
  private readonly header: Header;
  private readonly progress: ProgressLine;
  private readonly numbers: Numbers;
  private readonly tools: Tools;
  private readonly charts: Charts;
  private readonly findings: Findings;
  private readonly legend: Legend;
  private readonly split: StepSplit;
  private readonly closerLook: CloserLook;
  private readonly announcer: Announcer;
  private readonly refusal = new Refusal();
  private viewState: ViewState;
  private model: TrainingModel | undefined;
  private theme = readChartTheme();
  private lifted: string | undefined;
  /** Added runs that the host still reads. */
  private awaited: readonly string[] = [];

  constructor(private readonly main: HTMLElement, strings: TrainingStrings) {
    this.viewState = restoreViewState(this.channel.loadState());
    this.context = {
      figures: new Figures(document.documentElement.lang || 'en'), strings,
      request: (request, waits = false) => this.refusal.follow(this.channel.request(request, { waits })),
      viewState: () => this.viewState,
      setViewState: (state) => this.changeView(state),
    };
    const live = element('div', { class: 'sr', role: 'status', 'aria-live': 'polite' });
    this.announcer = new Announcer(live);
    this.header = new Header(this.context);
    this.progress = new ProgressLine(this.context);
    this.numbers = new Numbers(this.context);
    this.charts = new Charts(this.context, (sentence) => this.announcer.say(sentence, true));
    this.tools = new Tools(this.context, { drawSvg: () => this.charts.svg(), shownRuns: () => this.shownRuns() });
    this.findings = new Findings(this.context);
    this.legend = new Legend(this.context, (runId) => this.lift(runId));
    this.split = new StepSplit(this.context);
    this.closerLook = new CloserLook((request) => this.channel.request(request), () => this.draw());
    const chartColumn = element('section', { class: 'grow' }, this.tools.root, this.charts.root);
    const side = element('aside', { class: 'side' }, this.findings.root, this.legend.root, this.split.root);
    main.replaceChildren(this.header.root, this.progress.root, this.refusal.root, this.numbers.root, element('div', { class: 'lay' }, chartColumn, side), live);
  }

  start(): void {
    watchTheme(() => {
      this.theme = readChartTheme();
      this.draw();
    });
    new ResizeObserver(() => this.draw()).observe(this.main);
    window.addEventListener('keydown', (event) => this.pressKey(event));
    this.channel.ready();
  }

  private receive(message: HostMessage): void {
    switch (message.kind) {
      case 'snapshot':
        this.model = TrainingModel.from(message);
        this.restoreAddedRuns(this.model);
        this.saveState();
        break;
      case 'runs':
        this.model?.updateRuns(message);
        this.saveState();
        break;
      case 'delta':
        this.model?.apply(message);
        this.announceProgress();
        break;
      case 'status':
        this.model?.updateStatus(message.status);
    }
    this.draw();
  }

  private readonly draw = oncePerFrame(() => {
    if (this.model) this.drawNow(this.model);
  });

  private drawNow(model: TrainingModel): void {
    this.main.setAttribute('aria-busy', 'false');
    this.header.update(model);
    this.progress.update(model);
    this.numbers.update(model);
    this.tools.update();
    this.charts.update(model, this.theme, this.lifted);
    this.findings.update(model);
    this.legend.update(model, this.theme);
    this.split.update(model);
    this.closerLook.update(model, this.viewState, this.charts.view);
  }

  private changeView(state: ViewState): void {
    this.viewState = state;
    this.saveState();
    this.draw();
  }

  /** The run's folder is kept too: with it the editor makes the panel anew after a reload of the window. */
  private saveState(): void {
    if (!this.model) return;
    const added = this.model.runs.filter(({ view }) => view.role === 'added').map(({ view }) => view.id);
    this.channel.saveState({ run: this.model.own.view.id, added: [...new Set([...added, ...this.awaited])], ...this.viewState });
  }

  /** After a reload of the window the host knows only the panel's own run. */
  private restoreAddedRuns(model: TrainingModel): void {
    const shown = new Set(model.runs.map(({ view }) => view.id));
    this.awaited = restoreAddedRuns(this.channel.loadState()).filter((id) => !shown.has(id));
    if (this.awaited.length === 0) return;
    const request = this.channel.request({ name: 'addRuns', params: { runs: [...this.awaited] } }, { waits: true });
    void request.catch((error: Error) => this.refusal.show(error.message)).finally(() => {
      this.awaited = [];
      this.saveState();
    });
  }

  private shownRuns(): string[] {
    return (this.model?.runs ?? []).map(({ view }) => view.id).filter((id) => !this.viewState.hidden.includes(id));
  }

  private lift(runId: string | undefined): void {
    this.lifted = runId;
    this.draw();
  }

  private announceProgress(): void {
    const { model } = this;
    const loss = model?.own.history.last('loss');
    if (!model || loss === undefined || !isActive(model.own.view.record.state)) return;
    const { figures } = this.context;
    const { step, remainingMs } = model.progress;
    const left = remainingMs === undefined ? '–' : figures.shortDurationText(remainingMs);
    this.announcer.say(text(this.context, 'spoken', figures.count(step), figures.loss(loss), left));
  }

  /** Single letters work only where nothing is typed or pressed by them. */
  private pressKey(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    if (!this.model || event.ctrlKey || event.metaKey || event.altKey || target.matches('input, button, a, summary, vscode-button, vscode-checkbox')) return;
    if (event.key === ' ') this.pauseOrContinue(event);
    else if (event.key === 's') this.tools.focusSmoothing();
    else if (event.key === 'l') this.tools.toggleLogY();
    else if (event.key === '0') this.tools.resetZoom();
    else if (/^[1-9]$/.test(event.key)) this.legend.toggle(this.model, Number(event.key) - 1);
  }

  private pauseOrContinue(event: KeyboardEvent): void {
    const { status } = this.model as TrainingModel;
    const action = status.actions.find(({ name }) => name === 'pause' || name === 'continue');
    if (!action || status.locked !== undefined) return;
    event.preventDefault();
    this.context.request({ name: 'action', params: { name: action.name } });
  }
}

registerComponents();
const main = document.querySelector('main') as HTMLElement;
new TrainingPage(main, readPageStrings<TrainingStringKey>()).start();
