import { element } from '../../common/element';
import { button } from '../../common/ui';
import type { ExplorerModel } from '../model';
import type { PageContext } from '../page-context';
import type { ReviewTab, TabHead } from './review-tab';

const namedPeople = 40;
const mostPairs = 1_000_000;

/** Who is held out, and lists of pairs to verify with. */
export class SplitTab implements ReviewTab {
  readonly root = element('div', { class: 'review split-tab' });
  private readonly holdOut = field('hold-out', '15%');
  private readonly seed = field('split-seed', '0');
  private readonly pairs = field('pair-count', '6000');
  private readonly result = element('div', { class: 'split-result' });
  private readonly problem = element('p', { class: 'sm bad-text', role: 'alert' });
  private readonly buttons = element('div', { class: 'row side-acts' });
  private readonly pairButtons = element('div', { class: 'row side-acts' });

  constructor(private readonly context: PageContext) {
    const { text } = context;
    const row = (label: string, input: HTMLInputElement, hint = ''): HTMLElement => element('div', { class: 'form-row' },
      element('label', { for: input.id }, label), element('span', { class: 'field' }, input), element('span', { class: 'sm mute' }, hint));
    this.root.append(
      element('section', {}, element('h2', {}, text('splitTitle')), element('p', { class: 'mute' }, text('splitText')), row(text('splitHoldOut'), this.holdOut, text('splitHoldOutHint')), row(text('splitSeed'), this.seed), this.buttons, this.result),
      element('section', {}, element('h2', {}, text('pairsTitle')), element('p', { class: 'mute' }, text('pairsText')), row(text('pairsCount'), this.pairs), this.pairButtons),
      this.problem);
  }

  update(model: ExplorerModel): void {
    const { text, figures } = this.context;
    this.buttons.replaceChildren(button({ label: text('makeSplit'), kind: 'secondary', disabledBecause: model.snapshot.locked, onPress: () => this.makeSplit() }));
    this.pairButtons.replaceChildren(button({ label: text('makePairs'), kind: 'secondary', disabledBecause: model.snapshot.locked, onPress: () => this.makePairs() }));
    const { heldOut, file } = model.split;
    if (heldOut.length === 0) return this.result.replaceChildren(element('p', { class: 'mute' }, text('splitNone')));
    const named = heldOut.slice(0, namedPeople).join(', ');
    this.result.replaceChildren(
      element('p', {}, text('splitResult', figures.count(heldOut.length), figures.count(model.people.length - heldOut.length)), file === undefined ? '' : ` ${text('splitFile', file)}`),
      element('p', { class: 'sm mute' }, text('splitPeople', heldOut.length > namedPeople ? text('splitMany', named, figures.count(heldOut.length - namedPeople)) : named)));
  }

  head(): TabHead | undefined {
    return undefined;
  }

  private makeSplit(): void {
    const holdOut = this.holdOut.value.trim();
    const seed = Number(this.seed.value);
    const isRight = /^(\d+(\.\d+)?|\.\d+)%?$/.test(holdOut) && Number.isInteger(seed) && seed >= 0;
    this.complain(isRight ? '' : this.context.text('splitInvalid'), this.holdOut);
    if (isRight) this.context.request({ name: 'split', params: { holdOut, seed } });
  }

  private makePairs(): void {
    const count = Number(this.pairs.value);
    const isRight = Number.isInteger(count) && count >= 2 && count <= mostPairs;
    this.complain(isRight ? '' : this.context.text('pairsInvalid'), this.pairs);
    if (isRight) this.context.request({ name: 'makePairs', params: { count, seed: Number(this.seed.value) || 0 } });
  }

  private complain(sentence: string, input: HTMLInputElement): void {
    this.problem.textContent = sentence;
    input.setAttribute('aria-invalid', String(sentence !== ''));
    if (sentence !== '') input.focus();
  }
}

function field(id: string, value: string): HTMLInputElement {
  return element('input', { id, value, spellcheck: 'false' }) as HTMLInputElement;
}
