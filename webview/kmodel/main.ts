import { Figures } from '../../src/protocol/figures';
import type { KmodelPageMessage, KmodelRequest, KmodelView } from '../../src/protocol/kmodel-page';
import type { KmodelStringKey } from '../../src/protocol/kmodel-strings';
import { element, icon } from '../common/element';
import { Announcer } from '../common/announcer';
import { HostChannel } from '../common/host-channel';
import { pageText, readPageStrings } from '../common/page-texts';
import { Refusal } from '../common/refusal';
import { button, registerComponents } from '../common/ui';
import { costliestSentence } from './costliest';
import { Header } from './header';
import { layerDetails } from './layer-details';
import { LayerTable } from './layer-table';
import { MemoryChart } from './memory-chart';
import { numbers } from './numbers';
import { layersText, type LayerSelection, type PageContext } from './page-context';
import { photoSection } from './photo-section';
import { costliestRow, foldLayers, withTimesSigns, type LayerRow } from './rows';
import { firmwareList, noteList, timeSplit } from './side-sections';

/** The page of one .kmodel file. */
class KmodelPage {
  private readonly channel = new HostChannel<KmodelPageMessage, KmodelRequest>((message) => this.receive(message));
  private readonly context: PageContext;
  private readonly header: Header;
  private readonly table: LayerTable;
  private readonly memory: MemoryChart;
  private readonly announcer: Announcer;
  private readonly refusal = new Refusal();
  private readonly content = element('div');
  private readonly details = element('div');
  private rows: readonly LayerRow[] = [];
  private view: KmodelView | undefined;
  private selection: LayerSelection | undefined;

  constructor(private readonly main: HTMLElement) {
    this.context = {
      figures: new Figures(document.documentElement.lang || 'en'), text: pageText(readPageStrings<KmodelStringKey>()),
      request: (name) => this.refusal.follow(this.channel.request({ name }, { waits: true })),
      select: (selection) => this.select(selection),
    };
    const live = element('div', { class: 'sr', role: 'status' });
    this.announcer = new Announcer(live);
    this.header = new Header(this.context);
    this.table = new LayerTable(this.context);
    this.memory = new MemoryChart(this.context);
    main.replaceChildren(this.header.root, this.refusal.root, this.content, live);
  }

  start(): void {
    this.channel.ready();
  }

  private receive(message: KmodelPageMessage): void {
    const { text } = this.context;
    this.main.setAttribute('aria-busy', String(message.kind === 'loading'));
    switch (message.kind) {
      case 'loading':
        this.header.update(message.name, undefined);
        this.content.replaceChildren(element('p', { class: 'mute loading' }, text('loading')));
        return;
      case 'problem':
        this.view = undefined;
        this.header.update(message.name, undefined);
        this.content.replaceChildren(this.problem(message.text, message.remedy));
        return;
      case 'model':
        this.header.update(message.name, message.view);
        this.show(message);
    }
  }

  private show({ view, photo }: Extract<KmodelPageMessage, { kind: 'model' }>): void {
    const { inspection } = view;
    const isNew = JSON.stringify(inspection) !== JSON.stringify(this.view?.inspection);
    this.view = view;
    if (isNew) {
      this.rows = foldLayers(inspection);
      const costliest = costliestRow(this.rows);
      this.selection = costliest && { first: costliest.first, last: costliest.last };
    }
    const { context } = this;
    this.content.replaceChildren(numbers(context, inspection),
      element('div', { class: 'lay' },
        element('section', { 'class': 'grow', 'aria-labelledby': 'layers-title' }, this.layersTitle(), this.table.root, ...costliestSentence(context, inspection, this.rows)),
        element('aside', { class: 'right' }, ...(photo === undefined ? [] : [photoSection(context, photo)]), ...timeSplit(context, inspection), this.memory.root, this.details,
          firmwareList(context, inspection), ...noteList(context, inspection))));
    this.table.update(this.rows);
    this.memory.update(inspection);
    this.mark(false);
    if (photo !== undefined && !isNew) this.content.querySelector('.photos')?.scrollIntoView({ block: 'nearest' });
  }

  private layersTitle(): HTMLElement {
    const { figures, text } = this.context;
    const groups = this.rows.filter(({ layers }) => layers.length > 0);
    const folded = groups.reduce((sum, { layers }) => sum + layers.length, 0);
    const all = figures.count(this.view?.inspection.layers.length ?? 0);
    const note = groups.length === 0 ? text('layersCount', all) : text('layersFolded', all, figures.count(folded));
    const key = (unit: 'kpu' | 'cpu'): HTMLElement => element('span', { class: 'row' }, element('i', { class: `swatch ${unit}` }), text(unit));
    return element('div', { class: 'ptitle' }, element('h2', { id: 'layers-title' }, text('layers')), element('span', { class: 'mute sm' }, note), element('span', { class: 'v row keys sm' }, key('kpu'), key('cpu')));
  }

  private select(selection: LayerSelection): void {
    this.selection = { first: selection.first, last: selection.last };
    this.mark(true);
    const layer = this.view?.inspection.layers[selection.first];
    this.announcer.say(this.context.text('selected', layersText(this.context, selection), withTimesSigns(layer?.title ?? '')), true);
  }

  private mark(reveal: boolean): void {
    this.table.select(this.selection, reveal);
    this.memory.select(this.selection);
    this.details.replaceChildren(...(this.view && this.selection ? [layerDetails(this.context, this.view.inspection, this.selection)] : []));
  }

  /** What is wrong with the file, and what to do. */
  private problem(sentence: string, remedy: string): HTMLElement {
    const { text, request } = this.context;
    return element('div', { class: 'file-problem', role: 'alert' }, element('h2', { class: 'row' }, element('span', { class: 'bad' }, icon('error')), element('span', {}, sentence)),
      ...(remedy === '' ? [] : [element('p', {}, remedy)]), button({ label: text('tryAgain'), icon: 'refresh', kind: 'secondary', onPress: () => request('tryAgain') }));
  }
}

registerComponents();
new KmodelPage(document.querySelector('main') as HTMLElement).start();
