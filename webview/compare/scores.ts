import { acceptedAt, nearestThreshold, thresholdStep } from '../../src/protocol/score-profile';
import { element, setText } from '../common/element';
import { segments } from '../common/segments';
import type { ChartTheme } from '../common/theme';
import type { PageContext } from './page-context';
import type { PageModel } from './page-model';
import { PlotView } from './plot-view';
import { scoresFrame, scoresPlot, scoresRange } from './scores-plot';

const heightPx = 286;
const bigSteps = 10;

/** How the scores of one model are spread, and what the page's threshold makes of them. */
export class Scores {
  readonly root: HTMLElement;
  /** The drawing as it is shown; empty when nothing is. */
  svg = '';
  private readonly title = element('h2');
  private readonly forms;
  private readonly plot = new PlotView();
  private readonly slider = element('input', { type: 'range', id: 'threshold', step: String(thresholdStep) }) as HTMLInputElement;
  private readonly output = element('output', { for: 'threshold', class: 'big' });
  private readonly sentence = element('span', { id: 'threshold-says' });
  private readonly legend: HTMLElement;
  private readonly presets = element('div', { class: 'row wrap' });
  private readonly card: HTMLElement;
  private presetsKey = '';

  constructor(private readonly context: PageContext) {
    const { text } = context;
    this.forms = segments(text('formChoice'), [{ value: 'float', label: text('formFloat') }, { value: 'kmodel', label: '.kmodel' }], (form) => this.chooseForm(form), 'seg v');
    this.slider.setAttribute('aria-label', text('threshold'));
    this.slider.addEventListener('input', () => this.set(Number(this.slider.value)));
    this.slider.addEventListener('keydown', (event) => this.pressKey(event));
    this.plot.root.classList.add('scores');
    this.card = element('div', { class: 'row says' }, this.output, this.sentence);
    this.legend = element('p', { class: 'row sm legend' }, element('span', { class: 'key same' }, element('i'), text('samePerson')), element('span', { class: 'key different' }, element('i'), text('differentPeople')));
    this.root = element('section', {}, element('div', { class: 'ptitle' }, this.title, this.forms.root), element('div', { class: 'with-slider' }, this.plot.root, this.slider), this.legend, this.card, this.presets);
  }

  private model: PageModel | undefined;

  update(model: PageModel, theme: ChartTheme): void {
    this.model = model;
    const { figures, text } = this.context;
    const { focused, threshold } = model;
    const evaluation = focused?.evaluation;
    const profile = evaluation?.profile;
    const width = this.plot.widthPx;
    setText(this.title, focused ? text('scoresOf', focused.form === 'float' ? focused.name : String(focused.facts['form'])) : text('scores'));
    const siblings = model.rows.filter(({ run }) => run === focused?.run);
    this.forms.root.classList.toggle('hide', new Set(siblings.map(({ form }) => form)).size < 2);
    if (focused) this.forms.update(focused.form);
    const isDrawn = profile !== undefined && threshold !== undefined && width >= 80;
    const colors = { same: theme.runs[0]?.color ?? theme.text, different: theme.runs[3]?.color ?? theme.text };
    for (const [kind, color] of Object.entries(colors)) this.legend.style.setProperty(`--${kind}`, color);
    this.svg = !isDrawn ? '' : scoresPlot({
      profile, threshold, thresholdText: figures.fixed(threshold, 2), width, height: heightPx, description: text('scoresLabel', figures.fixed(threshold, 2)),
      labels: { axis: text('cosine'), same: text('same'), different: text('different') },
      colors, formatCosine: (value) => figures.fixed(value, 1),
    });
    this.plot.show(this.svg, text(evaluation ? 'noScores' : 'evaluateFirst'), heightPx);
    for (const part of [this.slider, this.card, this.presets]) part.classList.toggle('hide', !isDrawn);
    if (isDrawn) this.showThreshold(profile, threshold, evaluation, width);
  }

  private showThreshold(profile: Parameters<typeof acceptedAt>[0], threshold: number, evaluation: { readonly threshold: number; readonly equalErrorThreshold: number } | undefined, width: number): void {
    const { figures, text } = this.context;
    const { from, to } = scoresRange(profile, threshold);
    const { area } = scoresFrame(width, heightPx);
    this.slider.min = String(from);
    this.slider.max = String(to);
    // The handle is as wide as the margins of the plot together, so it stands over its value.
    this.slider.style.width = `${width}px`;
    this.slider.style.top = `${area.bottom - 12}px`;
    this.slider.value = String(threshold);
    const accepted = acceptedAt(profile, threshold);
    const different = accepted.differentPairs === 0 ? text('noneDifferent') : text('oneIn', figures.count(Math.round(1 / accepted.different)));
    const says = text('thresholdSays', figures.percentText(accepted.same), different);
    setText(this.output, figures.fixed(threshold, 2));
    setText(this.sentence, says);
    this.slider.setAttribute('aria-valuetext', `${figures.fixed(threshold, 2)}: ${says}`);
    if (evaluation) this.showPresets(evaluation);
  }

  private showPresets({ threshold, equalErrorThreshold }: { readonly threshold: number; readonly equalErrorThreshold: number }): void {
    const { figures, text } = this.context;
    const key = `${threshold} ${equalErrorThreshold}`;
    if (key === this.presetsKey) return;
    this.presetsKey = key;
    const preset = (label: string, value: number): HTMLElement => {
      const made = element('button', { type: 'button', class: 'preset' }, `${label} ${figures.fixed(value, 2)}`);
      made.addEventListener('click', () => this.set(value));
      return made;
    };
    this.presets.replaceChildren(preset(text('recommended'), nearestThreshold(threshold)), preset(text('equalError'), nearestThreshold(equalErrorThreshold)));
  }

  private set(value: number): void {
    this.context.setView({ threshold: nearestThreshold(value) });
  }

  private pressKey(event: KeyboardEvent): void {
    const steps = { PageUp: bigSteps, PageDown: -bigSteps }[event.key];
    if (steps === undefined) return;
    event.preventDefault();
    this.set(Number(this.slider.value) + steps * thresholdStep);
  }

  private chooseForm(form: 'float' | 'kmodel'): void {
    const other = this.model?.sorted.find((row) => row.run === this.model?.focused?.run && row.form === form);
    if (other) this.context.setView({ focused: other.id, threshold: undefined });
  }
}
