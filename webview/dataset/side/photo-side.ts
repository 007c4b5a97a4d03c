import type { LookView } from '../../../src/protocol/explorer-page';
import { element, icon } from '../../common/element';
import { button } from '../../common/ui';
import type { ExplorerModel, PhotoNumber } from '../model';
import type { PageContext } from '../page-context';
import { faceOverlay } from './face-overlay';
import { photoFacts } from './photo-facts';

/** A photo that is only passed by is not looked at. */
const restMs = 150;

export interface PhotoSideListener {
  readonly onStep: (direction: 'left' | 'right') => void;
  readonly onLeaveOut: () => void;
  readonly onTakeBack: () => void;
  readonly onCheck: (checked: boolean) => void;
}

/** One photo: its face, the crop as it will be written, facts, and what the policy makes of it. */
export class PhotoSide {
  readonly root: HTMLElement;
  private readonly name = element('h2', { class: 'ell' });
  private readonly pictures = element('div', { class: 'lm' });
  private readonly captions = element('div', { class: 'row between sm mute captions' });
  private readonly facts = element('dl', { class: 'kv' });
  private readonly augmented = element('div', { class: 'augmented' });
  private readonly actions = element('div', { class: 'row side-acts' });
  private readonly content: HTMLElement;
  private readonly nothing: HTMLElement;
  private readonly looks = new Map<string, LookView>();
  private timer: number | undefined;
  private shown: { readonly photo: PhotoNumber; readonly key: string } | undefined;
  private failure = '';

  constructor(private readonly context: PageContext, private readonly listener: PhotoSideListener) {
    const { text } = context;
    const step = (label: 'previousPhoto' | 'nextPhoto', name: 'arrow-up' | 'arrow-down', direction: 'left' | 'right'): HTMLElement => {
      const root = element('button', { 'class': 'bare', 'aria-label': text(label), 'title': text(label) }, icon(name));
      root.addEventListener('click', () => listener.onStep(direction));
      return root;
    };
    this.content = element('div', {},
      element('div', { class: 'row between' }, this.name, element('span', { class: 'row steps' }, step('previousPhoto', 'arrow-up', 'left'), step('nextPhoto', 'arrow-down', 'right'))),
      this.pictures, this.captions, this.facts, this.augmented, this.actions);
    this.nothing = element('p', { class: 'mute' }, text('sideNothing'));
    this.root = element('aside', { 'class': 'insp', 'aria-label': text('sideLabel') }, this.content, this.nothing);
  }

  /** @param chosen what the buttons are about */
  update(model: ExplorerModel, photo: PhotoNumber | undefined, chosen: readonly PhotoNumber[]): void {
    this.content.classList.toggle('hide', photo === undefined);
    this.nothing.classList.toggle('hide', photo !== undefined);
    if (photo === undefined) return;
    const { text, figures } = this.context;
    const person = model.person(model.personOf(photo));
    this.name.replaceChildren(person.name, ' ', element('span', { class: 'mute num' }, text('sidePlace', figures.count(photo - person.first + 1), figures.count(person.count))));
    this.drawActions(model, chosen);
    const key = `${photo} ${model.plan.name} ${model.plan.size}`;
    const isNew = this.shown?.key !== key;
    this.shown = { photo, key };
    if (isNew) {
      this.failure = '';
      this.askSoon(model, photo, key);
    }
    this.drawPhoto(model, photo, this.looks.get(key), isNew);
  }

  private askSoon(model: ExplorerModel, photo: PhotoNumber, key: string): void {
    window.clearTimeout(this.timer);
    if (this.looks.has(key)) return;
    this.timer = window.setTimeout(() => void this.look(model, photo, key), restMs);
  }

  private async look(model: ExplorerModel, photo: PhotoNumber, key: string): Promise<void> {
    try {
      this.looks.set(key, (await this.context.ask({ name: 'look', params: { photo: model.idOf(photo) } })) as LookView);
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
    }
    if (this.shown?.key === key) this.drawPhoto(model, photo, this.looks.get(key), false);
  }

  private drawPhoto(model: ExplorerModel, photo: PhotoNumber, look: LookView | undefined, isNew: boolean): void {
    this.root.dataset['looked'] = look ? model.idOf(photo) : '';
    if (isNew || look || this.failure) this.drawPictures(model, photo, look);
    this.facts.replaceChildren(...photoFacts(this.context, model, photo, look));
    this.drawAugmented(model, photo, look);
  }

  private drawPictures(model: ExplorerModel, photo: PhotoNumber, look: LookView | undefined): void {
    const { text } = this.context;
    const face = look?.face;
    const image = element('img', { alt: '', src: model.addressOf(photo), class: 'whole' });
    const whole = element('figure', {}, element('div', { class: 'frame' }, image, ...(face && look.size ? [faceOverlay({ ...look.size, points: face.landmarks, corners: face.corners, ...(face.box ? { box: face.box } : {}) })] : [])));
    const crop = element('figure', { class: 'crop' });
    if (face) crop.append(element('div', { class: 'frame' }, element('img', { alt: '', src: face.crop }), faceOverlay({ width: look.cropSide, height: look.cropSide, points: face.cropLandmarks })));
    const reason = this.failure || (look?.dropped === undefined ? '' : text('noCrop', look.dropped));
    if (reason !== '') crop.append(element('p', { class: 'sm mute' }, reason));
    this.pictures.replaceChildren(whole, element('span', { class: 'mute' }, icon('arrow-right')), crop);
    const size = look?.size ? `${this.context.figures.count(look.size.width)} × ${this.context.figures.count(look.size.height)}` : '–';
    this.captions.replaceChildren(
      element('span', {}, face ? text('photoCaptionPoints', size) : text('photoCaption', size)), element('span', {}, face ? text('cropCaption', `${look.cropSide} × ${look.cropSide}`) : ''));
  }

  private drawAugmented(model: ExplorerModel, photo: PhotoNumber, look: LookView | undefined): void {
    const { text } = this.context;
    this.augmented.classList.toggle('hide', !look?.policy || !look.face);
    if (!look?.policy || !look.face) return;
    const { name, copies } = look.policy;
    const rule = model.plan.buckets[model.plan.bucketOf[model.personOf(photo)] ?? -1]?.title ?? '';
    const tile = (label: string, picture: string, isUsed: boolean): HTMLElement => element('div', isUsed ? {} : { class: 'unused' }, element('img', { alt: '', src: picture }), element('span', isUsed ? {} : { class: 'mute' }, label));
    this.augmented.replaceChildren(
      element('div', { class: 'row between' }, element('h2', {}, text('augmented')), element('span', { class: 'sm mute ell' }, text('augmentedPolicy', name.split(/[\\/]/).at(-1) ?? name))),
      element('div', { class: 'aug' }, tile(text('asIs'), look.face.crop, true), ...copies.map(({ operation, picture, isUsed }) => tile(operation, picture, isUsed))),
      element('p', { class: 'sm mute' }, text('augmentedNote', rule)));
  }

  private drawActions(model: ExplorerModel, chosen: readonly PhotoNumber[]): void {
    const { text, figures } = this.context;
    const count = figures.count(chosen.length);
    const areOut = chosen.length > 0 && chosen.every((photo) => model.isLeftOut(photo));
    const areChecked = chosen.length > 0 && chosen.every((photo) => model.isChecked(photo));
    const label = areOut ? (chosen.length > 1 ? text('takeBackMany', count) : text('takeBack')) : chosen.length > 1 ? text('leaveOutMany', count) : text('leaveOut');
    const key = `${label} ${areOut} ${areChecked} ${model.snapshot.locked ?? ''}`;
    if (this.actions.dataset['key'] === key) return;
    this.actions.dataset['key'] = key;
    this.actions.replaceChildren(
      button({ label: text(areChecked ? 'unmarkChecked' : 'markChecked'), icon: 'check', kind: 'secondary', title: 'C', disabledBecause: model.snapshot.locked, onPress: () => this.listener.onCheck(!areChecked) }),
      button({ label, kind: 'secondary', title: 'Delete', disabledBecause: model.snapshot.locked, onPress: () => (areOut ? this.listener.onTakeBack() : this.listener.onLeaveOut()) }));
  }
}
