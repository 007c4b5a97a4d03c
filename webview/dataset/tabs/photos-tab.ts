import { element } from '../../common/element';
import { oncePerFrame } from '../../common/once-per-frame';
import { BalanceChart } from '../balance-chart';
import { PhotoGrid } from '../grid/photo-grid';
import type { TilePictures } from '../grid/tile-pictures';
import type { ExplorerModel, PhotoFilter, PhotoNumber } from '../model';
import type { PageContext } from '../page-context';
import { PhotoSide } from '../side/photo-side';
import { Toolbar } from '../toolbar';
import type { ViewState } from '../view-state';

export interface PhotosTabListener {
  readonly onChange: (changes: Partial<ViewState>) => void;
}

/** All photos: the balance of people as a filter, the grid, and the photo under the cursor. */
export class PhotosTab {
  readonly root: HTMLElement;
  private readonly chart: BalanceChart;
  private readonly toolbar: Toolbar;
  private readonly grid: PhotoGrid;
  private readonly side: PhotoSide;
  private model: ExplorerModel | undefined;
  private filter: PhotoFilter = { search: '', show: 'all' };

  constructor(private readonly context: PageContext, pictures: TilePictures, private readonly listener: PhotosTabListener) {
    const changeFilter = (changes: Partial<PhotoFilter>): void => listener.onChange({ filter: { ...this.filter, ...changes } });
    this.chart = new BalanceChart(context, (range) => {
      const { search, show } = this.filter;
      listener.onChange({ filter: { search, show, ...(range ? { range } : {}) } });
    });
    this.toolbar = new Toolbar(context, {
      onSearch: (search) => changeFilter({ search }), onShow: (show) => changeFilter({ show }), onSize: (tileSide) => listener.onChange({ tileSide }),
    });
    this.grid = new PhotoGrid(context, pictures, {
      onCursor: (photo) => this.moveCursor(photo), onSelection: () => this.updateSide(), onOpen: (photo) => this.open(photo),
    });
    this.side = new PhotoSide(context, {
      onStep: (direction) => this.grid.step(direction), onLeaveOut: () => this.leaveOut(), onTakeBack: () => this.takeBack(), onCheck: (checked) => this.check(checked),
    });
    this.root = element('div', { class: 'lay' }, element('section', { class: 'photos' }, this.chart.root, this.toolbar.root, this.grid.root), this.side.root);
    this.root.addEventListener('keydown', (event) => this.pressKey(event));
  }

  update(model: ExplorerModel, { filter, tileSide, photo }: ViewState, isNewModel: boolean): void {
    this.model = model;
    this.filter = filter;
    this.chart.update(model, filter.range);
    this.toolbar.update(model, filter, tileSide);
    this.grid.update(model, filter, tileSide);
    const kept = isNewModel && photo !== undefined ? model.numberOf(photo) : undefined;
    if (kept !== undefined) this.grid.goTo(kept, false);
    this.updateSide();
  }

  drawCharts(): void {
    this.chart.draw();
  }

  goTo(photo: PhotoNumber): void {
    this.grid.goTo(photo, true);
  }

  /** Does what a command of the palette asks for with the chosen photos. */
  act(action: 'leaveOut' | 'markChecked'): void {
    if (action === 'leaveOut') this.leaveOut();
    else this.check(true);
  }

  focusSearch(): void {
    this.toolbar.focusSearch();
  }

  private moveCursor(photo: PhotoNumber | undefined): void {
    const { model } = this;
    if (model && photo !== undefined) this.listener.onChange({ photo: model.idOf(photo) });
    this.updateSide();
  }

  /** A press of a key moves the cursor and changes the selection: the side is drawn once for both. */
  private readonly updateSide = oncePerFrame(() => {
    if (this.model) this.side.update(this.model, this.grid.cursor, this.grid.selection.photos);
  });

  private open(photo: PhotoNumber): void {
    if (this.model) this.context.request({ name: 'openPhoto', params: { photo: this.model.idOf(photo) } });
  }

  private leaveOut(): void {
    const { model, context } = this;
    const photos = model ? this.grid.selection.photos.filter((photo) => !model.isLeftOut(photo)) : [];
    if (!model || photos.length === 0) return;
    context.request({ name: 'leaveOut', params: { entries: photos.map((photo) => ({ photo: model.idOf(photo), reason: context.text('byHand') })) } });
    context.say(context.text('spokenLeftOut', context.figures.count(photos.length)));
    this.grid.selection.clear();
  }

  private takeBack(): void {
    const photos = this.chosenIds();
    this.context.request({ name: 'takeBack', params: { photos } });
    this.context.say(this.context.text('spokenTakenBack', this.context.figures.count(photos.length)));
    this.grid.selection.clear();
  }

  private check(checked: boolean): void {
    const photos = this.chosenIds();
    this.context.request({ name: 'markChecked', params: { photos, checked } });
    if (checked) this.context.say(this.context.text('spokenChecked', this.context.figures.count(photos.length)));
    this.grid.selection.clear();
  }

  private chosenIds(): string[] {
    const { model } = this;
    return model ? this.grid.selection.photos.map((photo) => model.idOf(photo)) : [];
  }

  /** Single letters work only where nothing is typed. */
  private pressKey(event: KeyboardEvent): void {
    const { model } = this;
    if (!model || model.snapshot.locked !== undefined || (event.target as HTMLElement).matches('input')) return;
    if (event.ctrlKey || event.metaKey || event.altKey || this.grid.cursor === undefined) return;
    if (event.key === 'Delete') this.leaveOut();
    else if (event.key.toLowerCase() === 'c') this.check(!this.grid.selection.photos.every((photo) => model.isChecked(photo)));
    else return;
    event.preventDefault();
  }
}
