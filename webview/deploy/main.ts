import type { DeployMessage, DeployRequest, DeployView } from '../../src/protocol/deploy-panel';
import type { DeployStringKey } from '../../src/protocol/deploy-strings';
import { Announcer } from '../common/announcer';
import { element } from '../common/element';
import { HostChannel } from '../common/host-channel';
import { pageText, readPageStrings } from '../common/page-texts';
import { Refusal } from '../common/refusal';
import { registerComponents } from '../common/ui';
import { ErrorBlock } from './error-block';
import { Header } from './header';
import type { PageContext } from './page-context';
import { PhotoSection } from './photo-section';
import { PortList } from './port-list';
import { StepList } from './step-list';
import { TargetSection } from './target-section';

/** The page: the host's view, drawn. */
class DeployPage {
  private readonly channel = new HostChannel<DeployMessage, DeployRequest>((message) => this.receive(message));
  private readonly header: Header;
  private readonly error: ErrorBlock;
  private readonly ports: PortList;
  private readonly steps: StepList;
  private readonly target: TargetSection;
  private readonly photo: PhotoSection;
  private readonly announcer: Announcer;
  private readonly side = element('aside', { class: 'right' });
  private readonly refusal = new Refusal();
  private view: DeployView | undefined;

  constructor(private readonly main: HTMLElement) {
    const context: PageContext = {
      text: pageText(readPageStrings<DeployStringKey>()),
      // Several requests ask the user, who may take their time.
      request: (request) => this.refusal.follow(this.channel.request(request, { waits: true })),
    };
    const live = element('div', { 'class': 'sr', 'role': 'status', 'aria-live': 'polite' });
    this.announcer = new Announcer(live);
    this.header = new Header(context);
    this.error = new ErrorBlock(context);
    this.ports = new PortList(context);
    this.steps = new StepList(context);
    this.target = new TargetSection(context);
    this.photo = new PhotoSection(context);
    this.side.append(this.target.root, this.photo.root);
    const column = element('section', { class: 'grow' }, this.error.root, this.ports.root, element('hr', { class: 'rule' }), this.steps.root);
    main.replaceChildren(this.header.root, this.refusal.root, element('div', { class: 'lay' }, column, this.side), live);
    window.addEventListener('keydown', (event) => this.pressKey(event, context));
  }

  start(): void {
    new ResizeObserver(() => this.draw()).observe(this.side);
    this.channel.ready();
  }

  private receive(message: DeployMessage): void {
    if (message.kind === 'photo') this.photo.setPicture(message.source);
    else {
      this.view = message.view;
      this.channel.saveState({ source: message.view.source });
      if (message.view.spoken !== '') this.announcer.say(message.view.spoken);
    }
    this.draw();
  }

  private draw(): void {
    const { view } = this;
    if (view === undefined) return;
    this.main.setAttribute('aria-busy', 'false');
    this.header.update(view);
    this.error.update(view);
    this.ports.update(view);
    this.steps.update(view);
    const padding = parseFloat(getComputedStyle(this.side).paddingLeft);
    this.target.update(view, Math.max(200, Math.round(this.side.clientWidth - padding)));
    this.photo.update(view);
  }

  /** Enter deploys, Escape cancels; not while something else has the key. */
  private pressKey(event: KeyboardEvent, context: PageContext): void {
    const target = event.target as HTMLElement;
    const wanted = event.key === 'Escape' ? ['cancel'] : event.key === 'Enter' && !target.matches('button, a, vscode-button, vscode-checkbox') ? ['deploy', 'again', 'again-slower'] : [];
    const action = this.view?.actions.find(({ name, disabledBecause }) => wanted.includes(name) && disabledBecause === undefined);
    if (action === undefined || event.defaultPrevented) return;
    event.preventDefault();
    context.request({ name: 'action', params: { name: action.name } });
  }
}

registerComponents();
new DeployPage(document.querySelector('main') as HTMLElement).start();
