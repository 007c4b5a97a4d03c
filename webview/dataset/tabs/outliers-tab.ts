import type { OutlierView } from '../../../src/protocol/explorer-page';
import { element, icon } from '../../common/element';
import { button } from '../../common/ui';
import type { TilePictures } from '../grid/tile-pictures';
import type { ExplorerModel } from '../model';
import type { PageContext } from '../page-context';
import { fileName, photoFigure } from './photo-figure';
import { checkButton, emptyState, leaveOutFacts, uncheckedState, type ReviewTab, type TabHead } from './review-tab';

const comparedPhotos = 4;

/** Photos that a model takes for somebody else, beside photos of both people; and names that are likely one person. */
export class OutliersTab implements ReviewTab {
  readonly root = element('div', { class: 'review' });

  constructor(private readonly context: PageContext, private readonly pictures: TilePictures) {}

  update(model: ExplorerModel): void {
    const { audit } = model;
    if (audit === undefined) return this.root.replaceChildren(uncheckedState(this.context, model));
    const { text } = this.context;
    if (audit.judge === undefined) return this.root.replaceChildren(emptyState(text('auditJudgeless'), checkButton(this.context, model, 'quiet')));
    const open = audit.outliers.filter(({ photo }) => isOpen(model, photo));
    this.root.replaceChildren(
      ...(open.length === 0 ? [emptyState(text('outliersNone'))] : open.map((outlier) => this.item(model, outlier))),
      ...(audit.samePerson.length === 0 ? [] : [this.samePerson(model)]));
  }

  head(model: ExplorerModel): TabHead | undefined {
    if (model.audit?.judge === undefined) return undefined;
    return { facts: leaveOutFacts(this.context), actions: [checkButton(this.context, model, 'quiet')], key: `outliers ${model.snapshot.locked ?? ''}` };
  }

  private item(model: ExplorerModel, outlier: OutlierView): HTMLElement {
    const { text, figures } = this.context;
    const { photo, person, other, likenessToPerson, medianLikeness } = outlier;
    const own = figures.fixed(likenessToPerson, 2);
    const sentence = other ? text('outlierSentence', own, person, figures.fixed(other.likeness, 2), other.person) : text('outlierUnlike', own, person, figures.fixed(medianLikeness, 2));
    return element('article', { class: 'outlier' },
      photoFigure(model, this.pictures, photo, 'large'),
      element('div', { class: 'grow' },
        element('div', { class: 'row' }, element('span', { class: 'warn' }, icon('warning')), element('b', { class: 'ell' }, fileName(photo))),
        element('p', { class: 'sm mute' }, sentence),
        element('div', { class: 'sides' }, this.samples(model, text('outlierOwn', person), person, photo), ...(other ? [this.samples(model, text('outlierOther', other.person), other.person, photo)] : [])),
        element('div', { class: 'row side-acts' },
          button({ label: text('leaveOut'), kind: 'secondary', disabledBecause: model.snapshot.locked, onPress: () => this.context.request({ name: 'leaveOut', params: { entries: [{ photo, reason: outlier.reason }] } }) }),
          button({ label: text('itIsRight'), icon: 'check', kind: 'secondary', disabledBecause: model.snapshot.locked, onPress: () => this.context.request({ name: 'markChecked', params: { photos: [photo], checked: true } }) }))));
  }

  private samples(model: ExplorerModel, title: string, person: string, except: string): HTMLElement {
    const found = model.people.find(({ name }) => name === person);
    const photos = found ? Array.from({ length: found.count }, (_, i) => model.idOf(found.first + i)).filter((id) => id !== except).slice(0, comparedPhotos) : [];
    return element('figure', {}, element('figcaption', { class: 'sm mute' }, title), element('div', { class: 'row' }, ...photos.map((id) => photoFigure(model, this.pictures, id, 'small'))));
  }

  private samePerson(model: ExplorerModel): HTMLElement {
    const { text, figures } = this.context;
    const pairs = model.audit?.samePerson ?? [];
    return element('section', {}, element('h2', {}, text('samePersonTitle')), element('ul', {}, ...pairs.map(({ people: [a, b], likeness }) => element('li', { class: 'sm' }, text('samePersonSentence', a, b, figures.fixed(likeness, 2))))));
  }
}

function isOpen(model: ExplorerModel, id: string): boolean {
  const photo = model.numberOf(id);
  return photo !== undefined && model.isToCheck(photo);
}
