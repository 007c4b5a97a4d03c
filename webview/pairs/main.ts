import { Figures } from '../../src/protocol/figures';
import type { PairItem, PairPhoto, PairShow, PairsMessage, PairsRequest, PairsView } from '../../src/protocol/pairs-page';
import type { PairsStringKey } from '../../src/protocol/pairs-strings';
import { element, icon } from '../common/element';
import { FlatGrid } from '../common/flat-grid';
import { HostChannel } from '../common/host-channel';
import { pageText, readPageStrings } from '../common/page-texts';
import { Refusal } from '../common/refusal';
import { button, registerComponents } from '../common/ui';

const leastTileWidth = 224;
const captionHeight = 44;
const shows = ['all', 'same', 'different', 'missing'] as const satisfies readonly PairShow[];
const labels: Readonly<Record<PairShow, PairsStringKey>> = { all: 'showAll', same: 'showSame', different: 'showDifferent', missing: 'showMissing' };

/** The page of one pair list. */
class PairsPage {
  private readonly channel = new HostChannel<PairsMessage, PairsRequest>((message) => this.receive(message));
  private readonly text = pageText(readPageStrings<PairsStringKey>());
  private readonly figures = new Figures(document.documentElement.lang || 'en');
  private readonly title = element('h1');
  private readonly facts = element('p');
  private readonly refusal = new Refusal();
  private readonly notice = element('div');
  private readonly filters = new Map<PairShow, HTMLElement>();
  private readonly number = element('input', { type: 'number', id: 'go-to', min: '1', step: '1', value: '1' }) as HTMLInputElement;
  private readonly total = element('span', { class: 'mute num' });
  private readonly grid: FlatGrid<PairItem>;
  private readonly content: HTMLElement;
  private view: PairsView | undefined;
  private shown: PairShow = 'all';

  constructor(private readonly main: HTMLElement) {
    const { text } = this;
    this.grid = new FlatGrid<PairItem>({
      label: text('gridLabel'), empty: text('gridEmpty'), leastWidth: leastTileWidth, heightOf: (width) => (width - 4) / 2 + captionHeight,
      load: (first, count) => this.load(first, count), fill: (tile, item) => this.fill(tile, item), onCursor: (item) => this.showNumber(item?.number),
    });
    const seg = element('span', { 'class': 'seg', 'role': 'group', 'aria-label': text('showLabel') }, ...shows.map((show) => this.filterButton(show)));
    this.number.addEventListener('change', () => {
      if (this.number.validity.valid && this.number.value !== '') this.goToPair(this.number.valueAsNumber - 1);
    });
    const folder = button({ label: text('chooseFolder'), icon: 'file-media', kind: 'secondary', onPress: () => this.request({ name: 'chooseFolder' }) });
    this.content = element('section', { class: 'list grow' }, element('div', { class: 'toolbar' }, seg, element('label', { class: 'row sm' }, text('goTo'), this.number, this.total)), this.grid.root);
    main.replaceChildren(element('header', { class: 'head' }, element('div', { class: 'title' }, this.title, this.facts), element('div', { class: 'acts' }, folder)), this.refusal.root, this.notice, this.content);
  }

  start(): void {
    this.title.textContent = document.title;
    this.facts.textContent = this.text('loading');
    this.channel.ready();
  }

  private request(request: PairsRequest): void {
    this.refusal.follow(this.channel.request(request, { waits: true }));
  }

  private receive(message: PairsMessage): void {
    this.main.setAttribute('aria-busy', 'false');
    this.title.textContent = message.kind === 'pairs' ? message.view.name : message.name;
    this.content.classList.toggle('hide', message.kind === 'problem');
    if (message.kind === 'problem') {
      this.facts.textContent = '\u00a0';
      const again = button({ label: this.text('tryAgain'), icon: 'refresh', kind: 'secondary', onPress: () => this.request({ name: 'tryAgain' }) });
      this.notice.replaceChildren(element('div', { class: 'file-problem', role: 'alert' }, element('h2', { class: 'row' }, element('span', { class: 'bad' }, icon('error')), element('span', {}, message.text)), again));
      return;
    }
    const { view } = message;
    this.view = view;
    const { text, figures } = this;
    const { counts, folds, folder } = view;
    this.facts.textContent = `${text('facts', figures.count(counts.all), figures.count(counts.same), figures.count(counts.different), figures.count(folds))} · ${text('photosIn', folder)}`;
    this.notice.replaceChildren(...this.missing(view));
    for (const [show, root] of this.filters) root.textContent = text(labels[show], figures.count(counts[show]));
    this.number.max = String(counts.all);
    this.total.textContent = text('ofPairs', figures.count(counts.all));
    this.show(this.shown);
  }

  private missing({ missing, missingPhotos }: PairsView): HTMLElement[] {
    if (missingPhotos === 0) return [];
    const { text, figures } = this;
    const more = missingPhotos > missing.length ? [element('li', {}, text('missingMore', figures.count(missingPhotos - missing.length)))] : [];
    return [element('div', { class: 'find damage', role: 'status' }, element('span', { class: 'warn' }, icon('warning')),
      element('div', {}, element('p', {}, missingPhotos === 1 ? text('missingOne') : text('missingMany', figures.count(missingPhotos))), element('ul', { class: 'mute sm names' }, ...missing.map((name) => element('li', {}, name)), ...more)))];
  }

  private filterButton(show: PairShow): HTMLElement {
    const root = element('button', { 'type': 'button', 'data-show': show, 'aria-pressed': String(show === this.shown) });
    root.addEventListener('click', () => this.show(show));
    this.filters.set(show, root);
    return root;
  }

  private show(show: PairShow): void {
    this.shown = show;
    for (const [name, root] of this.filters) root.setAttribute('aria-pressed', String(name === show));
    if (this.view) this.grid.update(this.view.counts[show], false);
  }

  private goToPair(number: number): void {
    if (this.shown !== 'all') this.show('all');
    this.grid.goTo(number, true);
  }

  private showNumber(number: number | undefined): void {
    if (number !== undefined && document.activeElement !== this.number) this.number.value = String(number + 1);
  }

  private async load(first: number, count: number): Promise<readonly PairItem[]> {
    return (await this.channel.request({ name: 'pairs', params: { show: this.shown, first, count } })) as readonly PairItem[];
  }

  private fill(tile: HTMLElement, { number, a, b, same, fold }: PairItem): void {
    const { text, figures } = this;
    const word = text(same ? 'same' : 'different');
    tile.dataset['number'] = String(number);
    tile.replaceChildren(
      element('div', { class: 'two' }, this.picture(a), this.picture(b)),
      element('div', { class: 'row sm' }, element('span', { class: same ? 'good' : 'alt' }, icon(same ? 'check' : 'close')), element('span', { class: 'ell' }, word), element('span', { class: 'mute xs num end' }, `${figures.count(number + 1)} · ${text('fold', figures.count(fold + 1))}`)),
      element('span', { class: 'mute xs ell', title: `${a.name}, ${b.name}` }, `${a.name}, ${b.name}`));
  }

  private picture({ name, address }: PairPhoto): HTMLElement {
    const instead = (reason: string): HTMLElement => element('span', { class: 'picture none', title: name }, element('span', { class: 'bad' }, icon('error')), element('span', { class: 'xs' }, `${shortName({ name })} ${reason}`));
    if (address === undefined) return instead(this.text('missing'));
    const image = element('img', { class: 'picture', src: address, alt: '', decoding: 'async', title: name });
    // Formats that the editor does not know, such as PGM.
    image.addEventListener('error', () => image.replaceWith(instead(this.text('unreadable'))));
    return image;
  }
}

function shortName({ name }: PairPhoto): string {
  return name.split('/').at(-1) ?? name;
}

registerComponents();
new PairsPage(document.querySelector('main') as HTMLElement).start();
