import { element, icon } from '../../common/element';
import type { TilePictures } from '../grid/tile-pictures';
import type { ExplorerModel } from '../model';

/** A photo as a tile outside the grid; it is loaded when it comes into sight. @param id "person/file" */
export function photoFigure(model: ExplorerModel, pictures: TilePictures, id: string, className = ''): HTMLElement {
  const image = element('img', { alt: '', loading: 'lazy', decoding: 'async' }) as HTMLImageElement;
  const root = element('div', { class: `tile ${className}` }, image);
  image.addEventListener('load', () => root.classList.add('loaded'));
  image.addEventListener('error', () => root.classList.add('broken'));
  const photo = model.numberOf(id);
  if (photo === undefined) {
    root.classList.add('broken');
    root.append(element('span', { class: 'broken-name' }, icon('error'), fileName(id)));
    return root;
  }
  void pictures.addressOf(photo).then((address) => {
    if (address !== undefined) image.src = address;
  });
  return root;
}

/** "person/file" -> "file" */
export function fileName(id: string): string {
  return id.slice(id.indexOf('/') + 1);
}
