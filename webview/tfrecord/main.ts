import { Figures } from '../../src/protocol/figures';
import type { RecordDetails, RecordTile, RecordsMessage, RecordsRequest, RecordsView } from '../../src/protocol/records-page';
import type { RecordsStringKey } from '../../src/protocol/records-strings';
import { element, icon } from '../common/element';
import { FlatGrid } from '../common/flat-grid';
import { HostChannel } from '../common/host-channel';
import { pageText, readPageStrings } from '../common/page-texts';
import { button, registerComponents } from '../common/ui';
import { recordDetails } from './details';
import { damageList } from './damage';
import { Toolbar } from './toolbar';
import { personText, type PageContext } from './page-context';

const captionHeight = 36;
const leastTileWidth = 88;

/** The page of one TFRecord file. */
class RecordsPage {
  private readonly channel = new HostChannel<RecordsMessage, RecordsRequest>((message) => this.receive(message));
  private readonly context: PageContext;
  private readonly title = element('h1');
  private readonly facts = element('p');
  private readonly progress = element('div', { class: 'bar hide', role: 'progressbar' }, element('i'));
  private readonly notice = element('div');
  private readonly toolbar: Toolbar;
  private readonly grid: FlatGrid<RecordTile>;
  private readonly details = element('aside', { class: 'side' });
  private readonly content: HTMLElement;
  private readonly live = element('div', { class: 'sr', role: 'status' });
  private view: RecordsView | undefined;
  private label: number | undefined;
  private shownNumber: number | undefined;

  constructor(private readonly main: HTMLElement) {
    const text = pageText(readPageStrings<RecordsStringKey>());
    this.context = { figures: new Figures(document.documentElement.lang || 'en'), text };
    this.toolbar = new Toolbar(this.context, { onLabel: (label) => this.filter(label), onGoTo: (number) => void this.goToRecord(number) });
    this.grid = new FlatGrid<RecordTile>({
      label: text('gridLabel'), empty: text('gridEmpty'), leastWidth: leastTileWidth, heightOf: (width) => width + captionHeight,
      load: (first, count) => this.load(first, count), fill: (tile, item) => this.fill(tile, item), onCursor: (item) => void this.showDetails(item?.number),
    });
    this.content = element('div', { class: 'lay' }, element('section', { class: 'list' }, this.toolbar.root, this.grid.root), this.details);
    main.replaceChildren(element('header', { class: 'head' }, element('div', { class: 'title' }, this.title, this.facts)), this.progress, this.notice, this.content, this.live);
  }

  start(): void {
    this.title.textContent = document.title;
    this.facts.textContent = this.context.text('loading');
    this.channel.ready();
  }

  private receive(message: RecordsMessage): void {
    if (message.kind === 'problem') {
      this.showProblem(message.name, message.text);
      return;
    }
    const before = this.view;
    const { view } = message;
    this.view = view;
    const { figures, text } = this.context;
    this.main.setAttribute('aria-busy', String(view.known < 1));
    this.content.classList.remove('hide');
    this.title.textContent = view.name;
    const people = view.labels.filter(({ label }) => label >= 0).length;
    this.facts.textContent = `${text('facts', figures.count(view.count), figures.count(people), figures.binaryBytesText(view.fileBytes))} · ${text(view.hasIndex ? 'withIndex' : 'withoutIndex')}`;
    this.showProgress(view);
    this.notice.replaceChildren(...damageList(this.context, view));
    // A growing scan only adds; anything else is another file.
    const isSame = before !== undefined && before.name === view.name && before.known < 1 && before.count <= view.count;
    if (!isSame && this.label !== undefined && !view.labels.some(({ label }) => label === this.label)) this.label = undefined;
    this.toolbar.update(view, this.label);
    this.grid.update(this.shownCount(view), isSame);
  }

  private shownCount(view: RecordsView): number {
    return this.label === undefined ? view.count : (view.labels.find(({ label }) => label === this.label)?.count ?? 0);
  }

  private showProgress({ known, fileBytes }: RecordsView): void {
    const { figures, text } = this.context;
    this.progress.classList.toggle('hide', known >= 1);
    this.progress.setAttribute('aria-valuenow', String(Math.round(known * 100)));
    this.progress.setAttribute('aria-label', text('scanning', figures.binaryBytesText(known * fileBytes), figures.binaryBytesText(fileBytes)));
    (this.progress.firstElementChild as HTMLElement).style.width = `${known * 100}%`;
  }

  private showProblem(name: string, sentence: string): void {
    this.title.textContent = name;
    this.facts.textContent = '\u00a0';
    this.progress.classList.add('hide');
    this.content.classList.add('hide');
    const again = button({ label: this.context.text('tryAgain'), icon: 'refresh', kind: 'secondary', onPress: () => void this.channel.request({ name: 'tryAgain' }, { waits: true }) });
    this.notice.replaceChildren(element('div', { class: 'file-problem', role: 'alert' }, element('h2', { class: 'row' }, element('span', { class: 'bad' }, icon('error')), element('span', {}, sentence)), again));
  }

  private async load(first: number, count: number): Promise<readonly RecordTile[]> {
    const { label } = this;
    return (await this.channel.request({ name: 'tiles', params: { first, count, ...(label === undefined ? {} : { label }) } })) as readonly RecordTile[];
  }

  private fill(tile: HTMLElement, item: RecordTile): void {
    const { figures, text } = this.context;
    const { number, picture, problem } = item;
    const person = personText(this.context, item);
    tile.dataset['number'] = String(number);
    const image = picture === undefined
      ? element('span', { class: `picture none ${problem === undefined ? 'mute' : 'bad'}` }, ...(problem === undefined ? [text('noPicture')] : [icon('error'), element('span', { class: 'sr' }, problem)]))
      : element('img', { class: 'picture', src: picture, alt: '' });
    tile.replaceChildren(image, element('span', { class: 'ell sm' }, person), element('span', { class: 'mute xs num' }, figures.count(number)));
  }

  private async showDetails(number: number | undefined): Promise<void> {
    this.shownNumber = number;
    if (number === undefined) {
      this.details.replaceChildren();
      return;
    }
    const record = (await this.channel.request({ name: 'details', params: { number } })) as RecordDetails;
    if (this.shownNumber !== number) return;
    this.details.replaceChildren(...recordDetails(this.context, record));
    this.toolbar.showNumber(number);
  }

  private filter(label: number | undefined): void {
    this.label = label;
    if (this.view) this.grid.update(this.shownCount(this.view), false);
  }

  /** Shows everyone again when the record is of somebody else. */
  private async goToRecord(number: number): Promise<void> {
    const { view } = this;
    if (!view) return;
    if (number >= view.count) {
      this.live.textContent = this.context.text('noRecord', this.context.figures.count(number));
      return;
    }
    if (this.label !== undefined) {
      this.filter(undefined);
      this.toolbar.update(view, undefined);
    }
    this.grid.goTo(number, true);
  }
}

registerComponents();
new RecordsPage(document.querySelector('main') as HTMLElement).start();
