import type { DeployView, TargetView, VerdictView } from '../../src/protocol/deploy-panel';
import { element, icon, setText } from '../common/element';
import { Redrawn } from '../common/redrawn';
import { checkbox } from '../common/ui';
import { flashMap } from './flash-map';
import type { PageContext } from './page-context';

/** Where it goes: an address with the map of the flash, or a path with the room for it. */
export class TargetSection {
  readonly root: HTMLElement;
  private readonly title = element('h2');
  private readonly kinds: readonly HTMLElement[];
  private readonly input = element('input', { type: 'text', spellcheck: 'false', autocomplete: 'off', id: 'place', 'aria-describedby': 'verdict' }) as HTMLInputElement;
  private readonly field = element('span', { class: 'field' }, this.input);
  private readonly label = element('label', { for: 'place' });
  private readonly program;
  private readonly map = element('div', { class: 'map' });
  private readonly verdict = element('div', { id: 'verdict' });
  private readonly redrawnMap = new Redrawn(this.map);
  private readonly redrawnVerdict = new Redrawn(this.verdict);

  constructor(private readonly context: PageContext) {
    const { text } = context;
    this.kinds = (['flash', 'file'] as const).map((kind) => {
      const made = element('button', { type: 'button', 'data-kind': kind }, text(kind === 'flash' ? 'targetFlash' : 'targetFile'));
      made.addEventListener('click', () => {
        if (made.getAttribute('aria-disabled') !== 'true') context.request({ name: 'target', params: { kind } });
      });
      return made;
    });
    this.program = checkbox(text('withProgram'), (withProgram) => context.request({ name: 'target', params: { withProgram } }));
    this.input.addEventListener('input', () => context.request({ name: 'target', params: { place: this.input.value } }));
    this.root = element('section', {},
      element('div', { class: 'row between target-head' }, this.title, element('div', { class: 'seg', role: 'group', 'aria-label': text('targetLabel') }, ...this.kinds)),
      element('div', { class: 'row between target-head' }, element('label', { class: 'grow' }, this.label, this.field)), this.program.root, this.map, this.verdict);
  }

  update(view: DeployView, width: number): void {
    const { target, locked } = view;
    setText(this.title, target.title);
    setText(this.label, this.context.text(target.kind === 'file' ? 'path' : 'address'));
    this.field.classList.toggle('wide', target.kind === 'file');
    for (const kind of this.kinds) {
      kind.setAttribute('aria-pressed', String(kind.dataset['kind'] === target.kind));
      kind.setAttribute('aria-disabled', String(!target.editable && kind.dataset['kind'] !== target.kind));
    }
    if (document.activeElement !== this.input) this.input.value = target.place;
    this.input.readOnly = !target.editable || locked !== undefined;
    this.input.setAttribute('aria-invalid', String(target.verdict?.good === false));
    this.program.root.classList.toggle('hide', target.withProgram === undefined);
    this.program.setChecked(target.withProgram === true);
    this.redrawnMap.draw([target.kind, target.blocks, target.flashBytes, target.room, width], () => (target.kind === 'flash' ? [flashMap(target, width)] : this.room(target)));
    this.redrawnVerdict.draw(target.verdict, () => (target.verdict === undefined ? [] : [this.verdictBlock(target.verdict)]));
  }

  private room({ room }: TargetView): HTMLElement[] {
    if (room === undefined) return [];
    const bar = element('div', { class: 'room', role: 'img', 'aria-label': room.text }, element('i', { class: 'used' }), element('i', { class: 'new' }));
    bar.style.setProperty('--used', `${(room.usedShare * 100).toFixed(2)}%`);
    bar.style.setProperty('--new', `${(room.newShare * 100).toFixed(2)}%`);
    return [bar, element('p', { class: 'sm mute num' }, room.text)];
  }

  private verdictBlock({ good, text, note, use }: VerdictView): HTMLElement {
    if (good) return element('p', { class: 'verdict good' }, element('span', { class: 'good' }, icon('pass')), element('span', {}, text));
    const block = element('div', { class: 'find verdict', role: 'alert' }, element('span', { class: 'bad' }, icon('error')), element('p', {}, text));
    if (note !== undefined) block.append(element('p', {}, note));
    if (use !== undefined) {
      const link = element('button', { type: 'button', class: 'link', 'data-action': 'use' }, use.label);
      link.addEventListener('click', () => {
        this.input.value = use.place;
        this.context.request({ name: 'target', params: { place: use.place } });
      });
      block.append(element('div', { class: 'do' }, link));
    }
    return block;
  }
}
