import { element, setText } from '../common/element';
import { button, checkbox } from '../common/ui';
import { text, type PageContext } from './page-context';
import { PopupMenu } from './popup-menu';
import { withoutZoom, type ViewState } from './view-state';

/** Smoothing, log y, Step or Time, Reset Zoom. */
export class Tools {
  readonly root: HTMLElement;
  private readonly slider = element('input', { type: 'range', min: '0', max: '0.99', step: '0.01' }) as HTMLInputElement;
  private readonly output = element('output');
  private readonly logY;
  private readonly axisButtons: readonly { readonly axis: ViewState['axis']; readonly root: HTMLElement }[];
  private readonly reset: HTMLElement;
  private readonly menu = new PopupMenu();

  /** @param drawSvg gives the charts as one picture; @param shownRuns ids of the runs in the charts */
  constructor(private readonly context: PageContext, private readonly source: { readonly drawSvg: () => string; readonly shownRuns: () => readonly string[] }) {
    const change = (state: Partial<ViewState>): void => context.setViewState({ ...context.viewState(), ...state });
    this.slider.setAttribute('aria-label', text(context, 'smoothing'));
    this.slider.addEventListener('input', () => change({ smoothing: Number(this.slider.value) }));
    this.logY = checkbox(text(context, 'logY'), (checked) => context.setViewState({ ...this.withoutVerticalZoom(), logY: checked }));
    this.axisButtons = [this.axisButton('step'), this.axisButton('time')];
    this.reset = button({
      label: text(context, 'resetZoom'), icon: 'refresh', kind: 'quiet', title: text(context, 'resetZoomTitle'),
      onPress: () => this.resetZoom(),
    });
    this.root = element('div', { class: 'tools', role: 'toolbar', 'aria-label': text(context, 'toolsLabel') },
      element('span', { class: 'row' }, element('span', { 'aria-hidden': 'true' }, text(context, 'smoothing')), this.slider, this.output),
      this.logY.root,
      element('span', { class: 'seg', role: 'group', 'aria-label': text(context, 'axisLabel') }, ...this.axisButtons.map(({ root }) => root)),
      element('span', { class: 'row reset' }, this.reset, this.exportButton()), this.menu.root);
  }

  update(): void {
    const state = this.context.viewState();
    if (document.activeElement !== this.slider) this.slider.value = String(state.smoothing);
    this.slider.style.setProperty('--share', `${(state.smoothing / 0.99) * 100}%`);
    setText(this.output, this.context.figures.fixed(state.smoothing, 2));
    this.logY.setChecked(state.logY);
    for (const { axis, root } of this.axisButtons) root.setAttribute('aria-pressed', String(axis === state.axis));
    this.reset.classList.toggle('unseen', state.zoomX === undefined && state.zoomY === undefined);
  }

  focusSmoothing(): void {
    this.slider.focus();
  }

  toggleLogY(): void {
    this.context.setViewState({ ...this.withoutVerticalZoom(), logY: !this.context.viewState().logY });
  }

  resetZoom(): void {
    this.context.setViewState(withoutZoom(this.context.viewState()));
  }

  /** A zoomed range of the linear axis may reach zero or below, which the logarithmic one cannot show. */
  private withoutVerticalZoom(): ViewState {
    const state = this.context.viewState();
    return { ...withoutZoom(state), ...(state.zoomX ? { zoomX: state.zoomX } : {}) };
  }

  private exportButton(): HTMLElement {
    const { context, source } = this;
    const made = button({
      label: text(context, 'export'), icon: 'export', kind: 'quiet',
      onPress: () => this.menu.open(made, text(context, 'export'), [
        { label: text(context, 'exportSvg'), onChoose: () => context.request({ name: 'saveSvg', params: { svg: source.drawSvg() } }, true) },
        { label: text(context, 'exportCsv'), onChoose: () => context.request({ name: 'saveCsv', params: { runs: [...source.shownRuns()] } }, true) },
      ], 0, 28),
    });
    made.id = 'export';
    made.setAttribute('aria-haspopup', 'menu');
    return made;
  }

  private axisButton(axis: ViewState['axis']): { axis: ViewState['axis']; root: HTMLElement } {
    const root = element('button', { type: 'button', 'data-axis': axis }, text(this.context, axis === 'step' ? 'axisStep' : 'axisTime'));
    root.addEventListener('click', () => {
      if (this.context.viewState().axis !== axis) this.context.setViewState({ ...withoutZoom(this.context.viewState()), axis });
    });
    return { axis, root };
  }
}
