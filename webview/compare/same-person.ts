import { scoreSpread, verdictWord, type FormVerdict, type PhotoView, type Verdict, type VerdictWord } from '../../src/protocol/photo-verdict';
import type { CompareStringKey } from '../../src/protocol/compare-strings';
import { element, icon, setText, type IconName } from '../common/element';
import { button } from '../common/ui';
import type { PageContext } from './page-context';
import type { PageModel } from './page-model';

type Slot = 0 | 1;

const wordLooks: Readonly<Record<VerdictWord, { readonly icon: IconName; readonly tone: string; readonly text: CompareStringKey }>> = {
  same: { icon: 'pass', tone: 'good', text: 'verdictSame' },
  different: { icon: 'error', tone: 'warn', text: 'verdictDifferent' },
  disagree: { icon: 'warning', tone: 'warn', text: 'verdictDisagree' },
  unjudged: { icon: 'info', tone: 'info', text: 'verdictUnjudged' },
};
/** Larger files are better chosen than sent through the page. */
const largestDropBytes = 32 * 1024 * 1024;

/** Two photos, and what a model in its forms says about them. */
export class SamePerson {
  readonly root: HTMLElement;
  private readonly tiles: readonly [HTMLElement, HTMLElement];
  private readonly names: readonly [HTMLElement, HTMLElement] = [element('span', { class: 'ell' }), element('span', { class: 'ell' })];
  private readonly actions = element('div', { class: 'row wrap' });
  private readonly answer = element('div', { role: 'status' });
  private shown = '';
  private shownActions = '';
  private model: PageModel | undefined;

  constructor(private readonly context: PageContext) {
    const { text } = context;
    this.tiles = [this.tile(0), this.tile(1)];
    const other = element('button', { type: 'button', class: 'link sm' }, text('otherPhotos'));
    other.addEventListener('click', () => context.request({ name: 'pickPhotos', params: { slot: 0 } }));
    this.root = element('aside', { 'class': 'same-person', 'aria-labelledby': 'same-person-title' },
      element('div', { class: 'row between' }, element('h2', { id: 'same-person-title' }, text('samePersonTitle')), other),
      element('div', { class: 'pair' }, ...this.tiles), element('div', { class: 'pair names sm mute' }, ...this.names), this.actions, this.answer);
  }

  update(model: PageModel): void {
    this.model = model;
    const key = JSON.stringify([model.focused?.id, model.rows.map(({ id, hasModel }) => [id, hasModel]), model.locked, this.shown === '']);
    if (key === this.shownActions) return;
    this.shownActions = key;
    const { context } = this;
    const judges = this.judges();
    const ask = judges.length === 0 ? [] : [button({ label: context.text('askModel', model.focused?.name ?? ''), icon: 'person', kind: 'secondary', disabledBecause: model.locked, onPress: () => context.request({ name: 'judge', params: { models: judges } }) })];
    this.actions.replaceChildren(...ask, button({ label: context.text('otherModel'), icon: 'folder-opened', kind: 'quiet', disabledBecause: model.locked, onPress: () => context.request({ name: 'judgeOther' }) }));
  }

  show(photos: readonly [PhotoView | null, PhotoView | null], verdict: Verdict | null): void {
    const key = JSON.stringify([photos, verdict]);
    if (key === this.shown) return;
    this.shown = key;
    photos.forEach((photo, slot) => this.showPhoto(slot as Slot, photo));
    this.answer.replaceChildren(...(verdict === null ? [] : this.answerOf(verdict)));
  }

  /** The focused run's model and the first .kmodel that was made from it. */
  private judges(): string[] {
    const { rows = [], focused } = this.model ?? {};
    const own = rows.filter(({ run, hasModel }) => run === focused?.run && hasModel);
    const kmodel = focused?.form === 'kmodel' ? focused : own.find(({ form }) => form === 'kmodel');
    return [own.find(({ form }) => form === 'float'), kmodel].flatMap((row) => (row ? [row.id] : []));
  }

  private tile(slot: Slot): HTMLElement {
    const tile = element('button', { 'type': 'button', 'class': 'tile', 'data-slot': String(slot) });
    tile.addEventListener('click', () => this.context.request({ name: 'pickPhotos', params: { slot } }));
    tile.addEventListener('dragover', (event) => {
      event.preventDefault();
      tile.classList.add('over');
    });
    tile.addEventListener('dragleave', () => tile.classList.remove('over'));
    tile.addEventListener('drop', (event) => {
      event.preventDefault();
      tile.classList.remove('over');
      [...(event.dataTransfer?.files ?? [])].slice(0, 2).forEach((file, index) => void this.drop(index === 0 ? slot : ((1 - slot) as Slot), file));
    });
    return tile;
  }

  private async drop(slot: Slot, file: File): Promise<void> {
    if (file.size > largestDropBytes) return;
    const base64 = await new Promise<string>((resolve, reject) => {
      const reader = new FileReader();
      reader.onload = () => resolve(String(reader.result).split(',')[1] ?? '');
      reader.onerror = () => reject(reader.error ?? new Error(file.name));
      reader.readAsDataURL(file);
    });
    this.context.request({ name: 'dropPhoto', params: { slot, fileName: file.name, base64 } });
  }

  private showPhoto(slot: Slot, photo: PhotoView | null): void {
    const { text } = this.context;
    const tile = this.tiles[slot];
    const name = element('span', { class: 'sr' }, text('photoNumber', slot + 1, photo?.name ?? ''));
    if (photo?.picture !== undefined) tile.replaceChildren(name, element('img', { src: photo.picture, alt: '' }));
    else tile.replaceChildren(name, element('span', { class: 'hint' }, icon('file-media'), photo === null ? text('dropHere') : text('notShown')));
    setText(this.names[slot], photo?.name ?? '');
  }

  private answerOf({ answers, job, failure }: Verdict): HTMLElement[] {
    const { context } = this;
    if (failure !== undefined) return [element('p', { class: 'refusal' }, failure)];
    if (job) {
      const stop = element('button', { type: 'button', class: 'link' }, context.text('cancel'));
      stop.addEventListener('click', () => context.request({ name: 'stopJudging' }));
      return [...answers.map((answer) => this.formLine(answer)), element('p', { class: 'row sm mute' }, `${job.label} …`, stop)];
    }
    const looks = wordLooks[verdictWord(answers)];
    const spread = scoreSpread(answers);
    const forms = answers.length > 1 && looks.text !== 'verdictDisagree' ? [element('span', { class: 'mute sm' }, context.text('inBothForms'))] : [];
    return [
      element('p', { class: 'row verdict' }, element('span', { class: looks.tone }, icon(looks.icon)), element('b', {}, context.text(looks.text)), ...forms),
      ...answers.map((answer) => this.formLine(answer)),
      ...(spread === undefined ? [] : [element('p', { class: 'sm mute' }, context.text('spread', context.figures.fixed(spread, 3)))]),
    ];
  }

  /** The score as a bar from 0 to 1 with a mark at the form's own threshold. */
  private formLine({ name, form, score, threshold }: FormVerdict): HTMLElement {
    const { figures, text } = this.context;
    const percent = (value: number): string => `${Math.min(1, Math.max(0, value)) * 100}%`;
    const bar = element('span', { class: 'score-bar', 'aria-hidden': 'true' }, element('i'), ...(threshold === undefined ? [] : [element('u')]));
    bar.querySelector<HTMLElement>('i')?.style.setProperty('width', percent(score));
    bar.querySelector<HTMLElement>('u')?.style.setProperty('left', percent(threshold ?? 0));
    const note = threshold === undefined ? text('noThreshold') : text('ownThreshold', figures.fixed(threshold, 2));
    return element('div', { class: 'form-line', title: name },
      element('span', { class: 'ell' }, form === 'float' ? text('formFloat') : '.kmodel'), bar, element('b', { class: 'num' }, figures.fixed(score, 3)),
      element('small', { class: 'mute' }, note));
  }
}
