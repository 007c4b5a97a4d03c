import type { FacelessView } from '../../../src/protocol/explorer-page';
import type { ExplorerStringKey } from '../../../src/protocol/explorer-strings';
import { element } from '../../common/element';
import { button } from '../../common/ui';
import type { TilePictures } from '../grid/tile-pictures';
import type { ExplorerModel } from '../model';
import type { PageContext } from '../page-context';
import { photoFigure } from './photo-figure';
import { emptyState, leaveOutFacts, type ReviewTab, type TabHead } from './review-tab';

const reasons: Readonly<Record<FacelessView['kind'], ExplorerStringKey>> = {
  'no-face': 'facelessNoFace', 'several-faces': 'facelessSeveral', 'too-small': 'facelessSmall', 'poor-quality': 'facelessQuality', 'unreadable': 'facelessUnreadable', 'blank': 'facelessBlank',
};
const shownAtOnce = 300;

/** Photos that give no crop, with why. */
export class FacelessTab implements ReviewTab {
  readonly root = element('div', { class: 'review' });

  constructor(private readonly context: PageContext, private readonly pictures: TilePictures) {}

  update(model: ExplorerModel): void {
    const { text, figures } = this.context;
    const open = openPhotos(model);
    const isPrepared = model.split.heldOut.length > 0 || model.audit?.judge !== undefined;
    if (open.length === 0) return this.root.replaceChildren(emptyState(text(isPrepared ? 'facelessNone' : 'facelessUnknown')));
    this.root.replaceChildren(
      element('h2', {}, text('facelessTitle', figures.count(open.length))),
      element('ul', { class: 'faceless' }, ...open.slice(0, shownAtOnce).map((entry) => this.item(model, entry))),
      ...(open.length > shownAtOnce ? [element('p', { class: 'sm mute' }, text('splitMany', figures.count(shownAtOnce), figures.count(open.length - shownAtOnce)))] : []));
  }

  head(model: ExplorerModel): TabHead | undefined {
    const open = openPhotos(model);
    if (open.length === 0) return undefined;
    const { text, figures } = this.context;
    const entries = open.map(({ photo, kind, detail }) => ({ photo, reason: detail === undefined ? text(reasons[kind]) : `${text(reasons[kind])}: ${detail}` }));
    return {
      facts: leaveOutFacts(this.context), key: `faceless ${open.length} ${model.snapshot.locked ?? ''}`,
      actions: [button({
        label: text('leaveOutAllThese', figures.count(open.length)), kind: 'primary', disabledBecause: model.snapshot.locked,
        onPress: () => this.context.request({ name: 'leaveOut', params: { entries } }),
      })],
    };
  }

  private item(model: ExplorerModel, { photo, kind, detail }: FacelessView): HTMLElement {
    const { text } = this.context;
    const open = element('button', { class: 'copy', title: detail ?? photo }, photoFigure(model, this.pictures, photo), element('span', { class: 'ell' }, photo), element('span', { class: 'mute ell' }, text(reasons[kind])));
    open.addEventListener('click', () => this.context.request({ name: 'openPhoto', params: { photo } }));
    return element('li', {}, open);
  }
}

export function openPhotos(model: ExplorerModel): FacelessView[] {
  return model.faceless.filter(({ photo }) => {
    const number = model.numberOf(photo);
    return number !== undefined && model.isToCheck(number);
  });
}
