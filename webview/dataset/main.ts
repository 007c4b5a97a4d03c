import type { ExplorerFocus, ExplorerMessage, ExplorerRequest } from '../../src/protocol/explorer-page';
import type { ExplorerStringKey } from '../../src/protocol/explorer-strings';
import type { ExplorerTab } from '../../src/protocol/explorer-tabs';
import { Figures } from '../../src/protocol/figures';
import type { PageStrings } from '../../src/protocol/page-strings';
import { Announcer } from '../common/announcer';
import { element } from '../common/element';
import { HostChannel } from '../common/host-channel';
import { pageText, readPageStrings } from '../common/page-texts';
import { Refusal } from '../common/refusal';
import { watchTheme } from '../common/theme';
import { registerComponents } from '../common/ui';
import { Header } from './header';
import { ExplorerModel } from './model';
import type { PageContext } from './page-context';
import { TilePictures } from './grid/tile-pictures';
import { ProgressBlock } from './progress-block';
import { TabBar } from './tab-bar';
import { openGroups } from './tabs/duplicate-choice';
import { DuplicatesTab } from './tabs/duplicates-tab';
import { FacelessTab, openPhotos } from './tabs/faceless-tab';
import { OutliersTab } from './tabs/outliers-tab';
import { PhotosTab } from './tabs/photos-tab';
import type { ReviewTab } from './tabs/review-tab';
import { SplitTab } from './tabs/split-tab';
import { keptState, restoreViewState, type ViewState } from './view-state';

/** The page: one model, the tab in sight, and what is asked of the host. */
class ExplorerPage {
  private readonly channel = new HostChannel<ExplorerMessage, ExplorerRequest>((message) => this.receive(message));
  private readonly context: PageContext;
  private readonly header: Header;
  private readonly tabs: TabBar;
  private readonly photos: PhotosTab;
  private readonly reviews: Readonly<Record<Exclude<ExplorerTab, 'photos'>, ReviewTab>>;
  private readonly progress: ProgressBlock;
  private readonly panel = element('div', { role: 'tabpanel', class: 'panel' });
  private readonly refusal = new Refusal();
  private state: ViewState;
  private model: ExplorerModel | undefined;
  private isSaving = false;

  constructor(private readonly main: HTMLElement, strings: PageStrings<ExplorerStringKey>) {
    this.state = restoreViewState(this.channel.loadState());
    const live = element('div', { 'class': 'sr', 'role': 'status', 'aria-live': 'polite' });
    const announcer = new Announcer(live);
    this.context = {
      figures: new Figures(document.documentElement.lang || 'en'), text: pageText(strings),
      request: (request) => this.refusal.follow(this.channel.request(request, { waits: true })),
      ask: (request) => this.channel.request(request, { waits: true }),
      say: (sentence) => announcer.say(sentence, true),
    };
    this.header = new Header(this.context);
    this.tabs = new TabBar(this.context, (tab) => this.change({ tab }));
    const pictures = new TilePictures(this.context, () => this.model);
    this.photos = new PhotosTab(this.context, pictures, { onChange: (changes) => this.change(changes) });
    this.reviews = {
      duplicates: new DuplicatesTab(this.context, pictures, () => this.drawHead()), outliers: new OutliersTab(this.context, pictures),
      faceless: new FacelessTab(this.context, pictures), split: new SplitTab(this.context),
    };
    this.progress = new ProgressBlock(this.context);
    main.replaceChildren(this.header.root, this.tabs.root, this.progress.root, this.refusal.root, this.panel, live);
  }

  start(): void {
    watchTheme(() => this.photos.drawCharts());
    window.addEventListener('keydown', (event) => this.pressKey(event));
    this.channel.ready();
  }

  private receive(message: ExplorerMessage): void {
    if (message.kind === 'focus') this.show(message.focus);
    else if (message.kind === 'act') this.photos.act(message.action);
    else if (message.kind === 'snapshot') {
      this.model = new ExplorerModel(message);
      this.main.setAttribute('aria-busy', 'false');
      this.draw(true);
      this.save();
    } else if (message.kind === 'progress') this.progress.show(message.text, message.share);
    else {
      if (message.kind === 'findings') this.progress.end();
      this.model?.apply(message);
      this.draw(false);
    }
  }

  private draw(isNewModel: boolean): void {
    const { model, state } = this;
    if (!model) return;
    this.tabs.update(state.tab, this.badges(model));
    this.panel.id = `panel-${state.tab}`;
    this.panel.setAttribute('aria-labelledby', `tab-${state.tab}`);
    const tab = state.tab === 'photos' ? this.photos : this.reviews[state.tab];
    if (tab.root.parentElement !== this.panel) this.panel.replaceChildren(tab.root);
    if (state.tab === 'photos') this.photos.update(model, state, isNewModel);
    else this.reviews[state.tab].update(model);
    this.drawHead();
  }

  private drawHead(): void {
    const { model, state } = this;
    if (model) this.header.update(model, state.tab === 'photos' ? undefined : this.reviews[state.tab].head(model));
  }

  private badges(model: ExplorerModel): Partial<Record<ExplorerTab, number>> {
    return {
      duplicates: openGroups(model).length, faceless: openPhotos(model).length,
      outliers: (model.audit?.outliers ?? []).filter(({ photo }) => model.isToCheck(model.numberOf(photo) ?? -1)).length,
    };
  }

  private change(changes: Partial<ViewState>): void {
    const before = this.state;
    this.state = { ...before, ...changes };
    this.save();
    if (this.state.tab !== before.tab || this.state.filter !== before.filter || this.state.tileSide !== before.tileSide) this.draw(false);
  }

  private show({ tab, person, photo }: ExplorerFocus): void {
    const { model } = this;
    if (!model) return;
    if (tab !== undefined) this.change({ tab });
    if (person !== undefined) this.change({ tab: 'photos', filter: { search: person, show: 'all' } });
    const number = photo === undefined ? undefined : model.numberOf(photo);
    if (number !== undefined) {
      this.change({ tab: 'photos', filter: { search: '', show: 'all' } });
      this.photos.goTo(number);
    }
  }

  /** The cursor may move with each key press, the editor is told ten times a second at most. */
  private save(): void {
    if (this.isSaving) return;
    this.isSaving = true;
    window.setTimeout(() => {
      this.isSaving = false;
      if (this.model) this.channel.saveState(keptState(this.model.snapshot.folder, this.state));
    }, 100);
  }

  private pressKey(event: KeyboardEvent): void {
    const isCommand = event.ctrlKey || event.metaKey;
    const isTyping = (event.target as HTMLElement).matches('input');
    if (isCommand && event.key === 'f') {
      event.preventDefault();
      this.photos.focusSearch();
    } else if (isCommand && event.key === 'z' && !isTyping && this.model?.lists.undo !== undefined) {
      event.preventDefault();
      this.context.request({ name: 'undo' });
      this.context.say(this.context.text('spokenUndone'));
    }
  }
}

registerComponents();
new ExplorerPage(document.querySelector('main') as HTMLElement, readPageStrings<ExplorerStringKey>()).start();
