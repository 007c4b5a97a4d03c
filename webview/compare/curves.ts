import { element, setText } from '../common/element';
import { segments } from '../common/segments';
import type { ChartTheme } from '../common/theme';
import { curvesPlot } from './curves-plot';
import type { PageContext } from './page-context';
import { rowStyle, type PageModel } from './page-model';
import { PlotView } from './plot-view';

const heightPx = 340;

/** ROC or DET curves of the ticked rows. */
export class Curves {
  readonly root: HTMLElement;
  /** The drawing as it is shown; empty when nothing is. */
  svg = '';
  private readonly plot = new PlotView();
  private readonly title = element('h2');
  private readonly subtitle = element('span', { class: 'sm mute' });
  private readonly note = element('p', { class: 'sm mute' });
  private readonly kinds;

  constructor(private readonly context: PageContext) {
    this.kinds = segments(context.text('curveKind'), [{ value: 'roc', label: 'ROC' }, { value: 'det', label: 'DET' }], (curve) => context.setView({ curve }), 'seg v');
    this.root = element('section', {}, element('div', { class: 'ptitle' }, this.title, this.subtitle, this.kinds.root), this.plot.root, this.note);
  }

  update(model: PageModel, theme: ChartTheme): void {
    const { figures, text, view } = this.context;
    const kind = view().curve ?? 'roc';
    setText(this.title, kind === 'roc' ? 'ROC' : 'DET');
    setText(this.subtitle, text(kind === 'roc' ? 'rocNote' : 'detNote'));
    this.kinds.update(kind);
    const { shown, rate } = model;
    const width = this.plot.widthPx;
    this.svg = shown.length === 0 || width < 80 ? '' : curvesPlot({
      rows: shown.map((row) => ({ row, style: rowStyle(model.rows, row, theme) })), kind, width, height: heightPx,
      description: text('curvesLabel', shown.map(({ name, form, facts }) => `${form === 'float' ? name : String(facts['form'])} ${typeof facts['tar'] === 'number' ? figures.percentText(facts['tar']) : '–'}`).join(', ')),
      axisTitle: text('farAxis'), formatShare: (share) => figures.percentText(share, 0),
      ...(rate === undefined ? {} : { mark: { rate, label: text('farMark', rate.toExponential()) } }),
    });
    this.plot.show(this.svg, text(model.rows.some(({ evaluation }) => evaluation) ? 'tickARun' : 'evaluateFirst'), heightPx);
    setText(this.note, this.undecided(model));
  }

  private undecided({ shown }: PageModel): string {
    const begin = Math.max(0, ...shown.map(({ evaluation }) => evaluation?.curve[0]?.[0] ?? 0));
    if (begin === 0) return '';
    const wanted = 10 ** (Math.ceil(Math.log10(begin) - 1e-9) - 1);
    const { figures, text } = this.context;
    return text('undecided', begin.toExponential(1).replace('.0e', 'e'), wanted.toExponential(), figures.count(Math.round(10 / wanted)));
  }
}
