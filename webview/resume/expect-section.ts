import { figureText } from '../../src/protocol/figures';
import { element, icon } from '../common/element';
import { Redrawn } from '../common/redrawn';
import { section } from './form';
import type { ResumeContext, ResumeSection, ResumeView } from './resume-view';

/** What will happen, in words, with estimates called estimates. */
export class ExpectSection implements ResumeSection {
  readonly root: HTMLElement;
  private readonly words = new Redrawn(element('div', { id: 'expectation' }));

  constructor(private readonly context: ResumeContext) {
    this.root = section('expect', context.text('expectTitle'), element('span'), this.words.root);
  }

  update(view: ResumeView): void {
    const sentences = this.sentences(view);
    const short = this.diskShort(view);
    this.words.draw([sentences, short], () => [
      element('p', {}, sentences.join(' ')),
      ...(short === undefined ? [] : [element('p', { class: 'row top short' }, element('span', { class: 'warn' }, icon('warning')), short)]),
    ]);
  }

  private sentences({ offer, choice, plan }: ResumeView): string[] {
    const { text, figures } = this.context;
    const { difference, people } = plan.dataset;
    const knows = offer.head !== 'softmax' && difference !== undefined && difference.added.length < people / 2;
    const length = Number.isFinite(plan.steps) && choice.epochs > 0
      ? [plan.durationMs === undefined || offer.imagesPerSecond === undefined
        ? text('expectSteps', figures.count(plan.steps))
        : text('expectTime', figures.count(plan.steps), figures.durationText(plan.durationMs), figures.fixed(offer.imagesPerSecond, 0))]
      : [];
    return [
      knows ? text('expectKnown') : text('expectLoss', figures.loss(plan.firstLoss), figures.count(people)),
      ...length,
      ...(plan.diskBytes === undefined ? [] : [text('expectDisk', figures.count(offer.keptCheckpoints), figureText([figures.bytes(plan.diskBytes)]))]),
      text('expectBroken'),
    ];
  }

  private diskShort({ offer, plan }: ResumeView): string | undefined {
    const { text, figures } = this.context;
    const { freeBytes } = offer;
    if (freeBytes === undefined || plan.diskBytes === undefined || freeBytes > plan.diskBytes) return undefined;
    return text('diskShort', figureText([figures.bytes(freeBytes)]), figureText([figures.bytes(plan.diskBytes)]));
  }
}
