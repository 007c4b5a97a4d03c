import { element, icon } from '../../common/element';
import type { ExplorerModel, PhotoNumber } from '../model';
import type { PageContext } from '../page-context';

/** What a tile says in words. */
export function tileLabel({ text, figures }: PageContext, model: ExplorerModel, photo: PhotoNumber): string {
  const person = model.person(model.personOf(photo));
  const flags = model.flagsOf(photo);
  const remarks = [
    ...(model.isLeftOut(photo) ? [text('tileLeftOut')] : []), ...(model.isChecked(photo) ? [text('tileChecked')] : []), ...(flags.copy ? [text('tileCopy')] : []),
    ...(flags.outlier ? [text('tileOutlier')] : []), ...(flags.faceless ? [text('tileFaceless')] : []),
  ];
  return [text('tileLabel', person.name, figures.count(photo - person.first + 1), figures.count(person.count), model.fileOf(photo)), ...remarks].join(', ');
}

/** A tile without its picture. */
export function makeTile(context: PageContext, model: ExplorerModel, photo: PhotoNumber): { readonly root: HTMLElement; readonly image: HTMLImageElement } {
  const image = element('img', { alt: '', decoding: 'async', draggable: 'false' }) as HTMLImageElement;
  const root = element('div', { 'class': 'tile', 'role': 'gridcell', 'tabindex': '-1', 'aria-label': tileLabel(context, model, photo), 'data-photo': String(photo), 'title': model.fileOf(photo) }, image);
  image.addEventListener('load', () => root.classList.add('loaded'));
  image.addEventListener('error', () => {
    if (!root.classList.contains('broken')) root.append(element('span', { class: 'broken-name' }, icon('error'), model.fileOf(photo)));
    root.classList.add('broken');
  });
  const { copy, outlier, faceless } = model.flagsOf(photo);
  if (model.isLeftOut(photo)) {
    root.classList.add('out');
    root.append(element('span', { 'class': 'out-word', 'aria-hidden': 'true' }, context.text('leftOut')));
  } else if (model.isChecked(photo)) root.append(mark('check', 'good'));
  else if (outlier) root.append(mark('warning', 'warn'));
  else if (faceless) root.append(mark('circle-slash', 'warn'));
  else if (copy) root.append(mark('files', ''));
  return { root, image };
}

function mark(name: Parameters<typeof icon>[0], tone: string): HTMLElement {
  return element('span', { 'class': `mk ${tone}`, 'aria-hidden': 'true' }, icon(name));
}
