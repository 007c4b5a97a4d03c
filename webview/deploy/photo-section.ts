import type { DeployView, PhotoView } from '../../src/protocol/deploy-panel';
import { element } from '../common/element';
import { Redrawn } from '../common/redrawn';
import { checkbox } from '../common/ui';
import { actionLink, sign, type PageContext } from './page-context';

/** One photo in three places: float model, simulator, board. */
export class PhotoSection {
  readonly root: HTMLElement;
  private readonly sign = element('span');
  private readonly body = element('div');
  private readonly redrawnSign = new Redrawn(this.sign);
  private readonly redrawnBody = new Redrawn(this.body);
  private picture: string | undefined;

  constructor(private readonly context: PageContext) {
    this.root = element('section', {}, element('div', { class: 'row between section-head' }, element('h2', {}, context.text('samePhoto')), this.sign), this.body);
  }

  setPicture(source: string | undefined): void {
    this.picture = source;
  }

  update({ photo }: DeployView): void {
    this.redrawnSign.draw(photo.sign, () => (photo.sign === undefined ? [] : [sign(photo.sign)]));
    this.redrawnBody.draw([photo, this.picture], () => this.content(photo));
  }

  private content(photo: PhotoView): Node[] {
    const { text, request } = this.context;
    const links = element('div', { class: 'photo-links' }, ...photo.actions.map((action) => actionLink(action, this.context)));
    if (photo.chosen === undefined) return [element('p', { class: 'sm mute' }, photo.text), links];
    const align = checkbox(text('align'), (checked) => request({ name: 'align', params: { align: checked } }));
    align.setChecked(photo.align);
    const picture = this.picture === undefined ? element('span', { class: 'sm mute' }, photo.chosen) : element('img', { src: this.picture, alt: text('photoAlt', photo.chosen) });
    return [element('div', { class: 'photo' }, picture, photo.rows.length > 0 ? this.table(photo) : element('p', { class: 'sm' }, photo.chosen)), element('p', { class: 'sm mute' }, photo.text), align.root, links];
  }

  private table({ rows }: PhotoView): HTMLElement {
    const { text } = this.context;
    return element('table', {},
      element('thead', {}, element('tr', {}, element('td'), element('th', { scope: 'col' }, text('cosine')), element('th', { scope: 'col' }, text('time')))),
      element('tbody', {}, ...rows.map(({ name, cosine, time }) => element('tr', {}, element('th', { scope: 'row' }, name), element('td', {}, cosine), element('td', {}, time)))));
  }
}
