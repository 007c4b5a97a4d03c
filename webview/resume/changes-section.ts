import { headTitle, networkTitle } from '../../src/protocol/network-title';
import { element, icon } from '../common/element';
import { Redrawn } from '../common/redrawn';
import { section } from './form';
import type { ResumeContext, ResumeSection, ResumeView } from './resume-view';

interface Fact {
  readonly id: string;
  readonly name: string;
  readonly value: string;
  /** More about it, shown on hover. */
  readonly title?: string;
  /** Id of the field that changes it. */
  readonly field?: string;
}

/** What the new run keeps of its parent, and what is new in it. */
export class ChangesSection implements ResumeSection {
  readonly root: HTMLElement;
  private readonly kept = new Redrawn(element('dl', { id: 'kept' }));
  private readonly made = new Redrawn(element('dl', { id: 'new' }));

  constructor(private readonly context: ResumeContext) {
    const { text } = context;
    this.root = section('changes', text('changesTitle'), text('changesNote'), element('div', { class: 'kn' },
      element('div', {}, element('h3', {}, icon('lock'), text('kept')), this.kept.root),
      element('div', {}, element('h3', {}, icon('add'), text('new')), this.made.root)));
  }

  update(view: ResumeView): void {
    const kept = this.keptFacts(view);
    const made = this.newFacts(view);
    this.kept.draw(kept, () => kept.flatMap((fact) => this.row(fact)));
    this.made.draw(made, () => made.flatMap((fact) => this.row(fact)));
  }

  private keptFacts({ offer, plan }: ResumeView): Fact[] {
    const { text, figures } = this.context;
    const network = networkTitle(offer.network);
    return [
      { id: 'network', name: text('keptNetwork'), value: offer.weights === undefined ? network : text('keptNetworkValue', network, figures.count(offer.weights)) },
      { id: 'norm', name: text('keptNorm'), value: text('keptNormValue') },
      { id: 'batch', name: text('keptOrder'), value: text('keptOrderValue', figures.count(offer.batch), offer.seed) },
      { id: 'counter', name: text('keptCounter'), value: text('keptCounterValue', figures.count(plan.checkpoint.step + 1)) },
    ];
  }

  private newFacts({ offer, choice, plan }: ResumeView): Fact[] {
    const { text, figures } = this.context;
    const { dataset } = plan;
    const size = [figures.count(dataset.people), figures.count(offer.embeddingLength)] as const;
    const margin = figures.fixed(choice.margin, 2);
    const scale = figures.fixed(plan.scale, 2);
    return [
      { id: 'head', name: text('newHead'), value: offer.head === 'arcface' ? text('newHeadSame', ...size) : text('newHeadValue', ...size, headTitle(offer.head)) },
      { id: 'start', name: text('newStart'), value: this.headStart(offer, dataset) },
      ...this.peopleFact(dataset),
      { id: 'optimizer', name: text('newOptimizer'), value: text('newOptimizerValue') },
      { id: 'margin', name: text('newMargin'), value: choice.warmUpEpochs > 0 ? text('newMarginValue', margin, figures.count(plan.warmUpSteps)) : text('newMarginAtOnce', margin), field: 'margin' },
      { id: 'scale', name: text('newScale'), value: choice.scale === 'adacos' ? text('newScaleAdacos', scale, figures.count(dataset.people)) : scale, field: 'scale' },
      { id: 'rate', name: text('newRate'), value: text('newRateValue', figures.learningRate(choice.learningRate)), field: 'rate' },
    ];
  }

  /** Centres are only comparable between heads with a margin; from softmax all begin anew. */
  private headStart(offer: ResumeView['offer'], { people, difference }: ResumeView['plan']['dataset']): string {
    const { text, figures } = this.context;
    const added = difference?.added.length ?? people;
    if (offer.head === 'softmax' || difference === undefined || added === people) return text('newStartAll', figures.count(people));
    return text('newStartSome', figures.count(people - added), figures.count(added));
  }

  private peopleFact({ difference }: ResumeView['plan']['dataset']): Fact[] {
    const { text, figures } = this.context;
    if (difference === undefined || difference.added.length + difference.gone.length === 0) return [];
    const { added, gone } = difference;
    const title = [...(added.length > 0 ? [text('peopleAdded', added.join(', '))] : []), ...(gone.length > 0 ? [text('peopleGone', gone.join(', '))] : [])].join('\n');
    return [{ id: 'people', name: text('newPeople'), value: text('newPeopleValue', figures.count(added.length), figures.count(gone.length)), title }];
  }

  private row({ id, name, value, title, field }: Fact): HTMLElement[] {
    const { text } = this.context;
    const shown = element('dd', { 'data-fact': id, ...(title === undefined ? {} : { title }) }, value);
    if (field !== undefined) {
      const link = element('button', { type: 'button', class: 'link', 'aria-label': `${text('change')}: ${name}` }, text('change'));
      link.addEventListener('click', () => document.getElementById(field)?.focus());
      shown.append(' ', link);
    }
    return [element('dt', {}, name), shown];
  }
}
