import type { CompareMessage, CompareRequest } from '../../src/protocol/compare-panel';
import type { CompareStringKey } from '../../src/protocol/compare-strings';
import { Figures } from '../../src/protocol/figures';
import type { JobLine } from '../../src/protocol/photo-verdict';
import { element } from '../common/element';
import { HostChannel } from '../common/host-channel';
import { oncePerFrame } from '../common/once-per-frame';
import { pageText, readPageStrings } from '../common/page-texts';
import { Refusal } from '../common/refusal';
import { readChartTheme, watchTheme } from '../common/theme';
import { registerComponents } from '../common/ui';
import { Curves } from './curves';
import { Header } from './header';
import type { PageContext } from './page-context';
import { pageModel, type ViewState } from './page-model';
import { restoreViewState } from './view-state';
import { RunsTable } from './runs-table';
import { SamePerson } from './same-person';
import { Scores } from './scores';
import { standaloneSvg } from './standalone-svg';

type RowsMessage = Extract<CompareMessage, { kind: 'rows' }>;

/** The page: the rows from the host, the user's settings, and one drawing at most per animation frame. */
class ComparePage {
  private readonly channel = new HostChannel<CompareMessage, CompareRequest>((message) => this.receive(message));
  private readonly context: PageContext;
  private readonly header: Header;
  private readonly table: RunsTable;
  private readonly curves: Curves;
  private readonly scores: Scores;
  private readonly samePerson: SamePerson;
  private readonly refusal = new Refusal();
  private viewState: ViewState;
  private rows: RowsMessage | undefined;
  private jobs: Readonly<Record<string, JobLine>> = {};
  private theme = readChartTheme();

  constructor(private readonly main: HTMLElement) {
    this.viewState = restoreViewState(this.channel.loadState());
    this.context = {
      figures: new Figures(document.documentElement.lang || 'en'), text: pageText(readPageStrings<CompareStringKey>()),
      request: (request) => this.ask(request), view: () => this.viewState, setView: (changes) => this.changeView(changes),
    };
    this.header = new Header(this.context, () => this.export());
    this.table = new RunsTable(this.context);
    this.curves = new Curves(this.context);
    this.scores = new Scores(this.context);
    this.samePerson = new SamePerson(this.context);
    main.replaceChildren(this.header.root, this.refusal.root, this.table.root, element('div', { class: 'lay' }, this.curves.root, this.scores.root, this.samePerson.root));
  }

  start(): void {
    watchTheme(() => {
      this.theme = readChartTheme();
      this.draw();
    });
    new ResizeObserver(() => this.draw()).observe(this.main);
    this.channel.ready();
  }

  private receive(message: CompareMessage): void {
    if (message.kind === 'photos') this.samePerson.show(message.photos, message.verdict);
    else if (message.kind === 'jobs') this.jobs = message.jobs;
    else this.rows = message;
    if (message.kind === 'rows') this.saveState();
    this.draw();
  }

  private readonly draw = oncePerFrame(() => {
    if (this.rows) this.drawNow(this.rows);
  });

  private drawNow(rows: RowsMessage): void {
    const model = pageModel(rows, this.viewState);
    this.main.setAttribute('aria-busy', 'false');
    this.header.update(model, this.table.columns(model).length);
    this.table.update(model, this.jobs, this.theme);
    this.curves.update(model, this.theme);
    this.scores.update(model, this.theme);
    this.samePerson.update(model);
  }

  private changeView(changes: Partial<ViewState>): void {
    this.viewState = { ...this.viewState, ...changes };
    this.saveState();
    this.draw();
  }

  /** The chosen runs are kept too: with them the editor makes the panel anew after a reload of the window. */
  private saveState(): void {
    if (this.rows) this.channel.saveState({ ...this.viewState, runs: this.rows.runs });
  }

  /** Jobs and questions take as long as they take. */
  private ask(request: CompareRequest): void {
    this.refusal.show('');
    this.channel.request(request, { waits: true }).catch((error: Error) => this.refusal.show(error.message));
  }

  private export(): void {
    if (!this.rows) return;
    const model = pageModel(this.rows, this.viewState);
    this.ask({ name: 'export', params: {
      columns: this.table.columns(model).map(({ key }) => key), rows: model.sorted.map(({ id }) => id), shown: model.shown.map(({ id }) => id),
      curves: standaloneSvg(this.curves.svg, this.theme), scores: standaloneSvg(this.scores.svg, this.theme),
    } });
  }
}

registerComponents();
new ComparePage(document.querySelector('main') as HTMLElement).start();
