import { Figures } from '../../src/protocol/figures';
import type { ResumeChoice, ResumeMessage, ResumeOffer, ResumeRequest } from '../../src/protocol/resume-panel';
import { choiceProblems, restoredChoice, resumePlan, stillOffered } from '../../src/protocol/resume-plan';
import type { ResumeStringKey } from '../../src/protocol/resume-strings';
import { element } from '../common/element';
import { HostChannel } from '../common/host-channel';
import { pageText, readPageStrings } from '../common/page-texts';
import { Refusal } from '../common/refusal';
import { registerComponents } from '../common/ui';
import { ActiveNotice } from './active-notice';
import { ChangesSection } from './changes-section';
import { CheckpointSection } from './checkpoint-section';
import { ExpectSection } from './expect-section';
import { LengthSection } from './length-section';
import { MarginSection } from './margin-section';
import type { ResumeContext, ResumeSection } from './resume-view';
import { StartHeader } from './start-header';

/** The page: one offer of the host, one choice, and its sections drawn from both. */
class ResumePage {
  private readonly channel = new HostChannel<ResumeMessage, ResumeRequest>(({ offer }) => this.receive(offer));
  private readonly context: ResumeContext;
  private readonly header: StartHeader;
  private readonly notice: ActiveNotice;
  private readonly sections: readonly ResumeSection[];
  private readonly sheet: HTMLElement;
  private readonly body: HTMLElement;
  private readonly empty = element('p', { class: 'empty hide' });
  private readonly refusal = new Refusal();
  private offer: ResumeOffer | undefined;
  private choice: ResumeChoice | undefined;
  private isStarting = false;

  constructor(private readonly main: HTMLElement) {
    this.context = {
      figures: new Figures(document.documentElement.lang || 'en'), text: pageText(readPageStrings<ResumeStringKey>()),
      change: (changes) => this.change(changes),
    };
    this.header = new StartHeader(this.context, { start: () => this.start(), close: () => this.ask({ name: 'close' }) });
    this.notice = new ActiveNotice(this.context, () => this.ask({ name: 'stopWaiting' }));
    this.sections = [CheckpointSection, ChangesSection, MarginSection, LengthSection, ExpectSection].map((Section) => new Section(this.context));
    this.body = element('div', { class: 'hide' }, ...this.sections.map(({ root }) => root));
    this.sheet = element('div', { class: 'sheet' }, this.header.root, this.refusal.root, this.notice.root, this.empty, this.body);
    this.notice.root.classList.add('hide');
    main.replaceChildren(this.sheet);
  }

  ready(): void {
    this.channel.ready();
  }

  private receive(offer: ResumeOffer): void {
    const kept = this.channel.loadState() as { readonly choice?: unknown } | undefined;
    // What is being typed may be out of range for now, so the page's own choice is only checked against what is offered.
    this.choice = this.choice ? stillOffered(offer, this.choice) : restoredChoice(offer, kept?.choice);
    this.offer = offer;
    this.main.setAttribute('aria-busy', 'false');
    this.saveState();
    this.draw();
  }

  private change(changes: Partial<ResumeChoice>): void {
    if (this.choice === undefined) return;
    this.choice = { ...this.choice, ...changes };
    this.saveState();
    this.draw();
  }

  private draw(): void {
    const { offer, choice } = this;
    if (offer === undefined || choice === undefined) return;
    const plan = resumePlan(offer, choice);
    const problems = choiceProblems(offer, choice, plan);
    const missing = offer.checkpoints.length === 0 ? this.context.text('noCheckpoint', offer.name) : plan === undefined ? this.context.text('noDataset') : undefined;
    this.empty.textContent = missing ?? '';
    this.empty.classList.toggle('hide', missing === undefined);
    this.body.classList.toggle('hide', missing !== undefined);
    this.header.update({ offer }, offer.locked ?? missing ?? (problems.length > 0 ? this.context.text('problemsLeft') : undefined), this.isStarting);
    this.notice.update({ offer });
    if (plan) for (const section of this.sections) section.update({ offer, choice, plan, problems });
  }

  private start(): void {
    const { choice, offer } = this;
    if (choice === undefined || offer === undefined) return;
    this.isStarting = true;
    this.draw();
    this.ask({ name: 'start', params: { choice, wait: offer.active.length > 0 && this.notice.waits } }, true);
  }

  private ask(request: ResumeRequest, waits = false): void {
    const settle = (sentence: string): void => {
      this.isStarting = false;
      this.refusal.show(sentence);
      this.draw();
    };
    this.channel.request(request, { waits }).then(() => settle(''), (error: Error) => settle(error.message));
  }

  /** With the key the editor makes the page anew after a reload of the window. */
  private saveState(): void {
    if (this.offer) this.channel.saveState({ key: this.offer.key, choice: this.choice });
  }
}

registerComponents();
new ResumePage(document.querySelector('main') as HTMLElement).ready();
