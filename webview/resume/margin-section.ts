import { warmUpPreset } from '../../src/protocol/resume-plan';
import { element, icon, setText } from '../common/element';
import { segments } from '../common/segments';
import { numberField, section } from './form';
import { problemText } from './problem-text';
import type { ResumeContext, ResumeSection, ResumeView } from './resume-view';
import { SmallPlot, roundTicks } from './small-plot';

/** How large the margin becomes, and how fast. */
export class MarginSection implements ResumeSection {
  readonly root: HTMLElement;
  private readonly slider = element('input', { type: 'range', id: 'margin', min: '0', max: '1', step: '0.05' }) as HTMLInputElement;
  private readonly output = element('output', { for: 'margin' });
  private readonly schedule;
  private readonly over;
  private readonly advice = element('span');
  private readonly warning = element('p', { class: 'sm row top warning' });
  private readonly plot = new SmallPlot(148);
  /** Warm-up to come back to after "At once". */
  private lastWarmUp: number | undefined;
  private view: ResumeView | undefined;

  constructor(private readonly context: ResumeContext) {
    const { text, change } = context;
    this.schedule = segments(text('schedule'), [{ value: 'warmUp', label: text('warmUp') }, { value: 'atOnce', label: text('atOnce') }], (value) => this.choose(value));
    this.slider.addEventListener('input', () => change({ margin: Number(this.slider.value) }));
    this.over = numberField('over', text('over'), (warmUpEpochs) => change({ warmUpEpochs }));
    this.warning.append(element('span', { class: 'warn' }, icon('warning')), text('atOnceWarning'));
    this.root = section('warm-up', text('marginTitle'), text('marginNote'), element('div', { class: 'pair' },
      element('div', {},
        element('div', { class: 'f' }, element('span', {}, text('schedule')), this.schedule.root),
        element('div', { class: 'f' }, element('label', { for: 'margin' }, text('margin')),
          element('span', { class: 'row' }, this.slider, this.output, element('span', { class: 'mute' }, text('radians')))),
        this.over.root,
        element('p', { class: 'sm mute row top advice' }, icon('lightbulb'), this.advice), this.warning),
      this.plot.root));
  }

  update(view: ResumeView): void {
    this.view = view;
    const { offer, choice, plan, problems } = view;
    const { text, figures } = this.context;
    const isWarmUp = choice.warmUpEpochs > 0 || Number.isNaN(choice.warmUpEpochs);
    if (choice.warmUpEpochs > 0) this.lastWarmUp = choice.warmUpEpochs;
    this.schedule.update(isWarmUp ? 'warmUp' : 'atOnce');
    if (document.activeElement !== this.slider) this.slider.value = String(choice.margin);
    this.slider.style.setProperty('--share', `${choice.margin * 100}%`);
    setText(this.output, figures.fixed(choice.margin, 2));
    this.over.root.classList.toggle('hide', !isWarmUp);
    this.over.update(String(choice.warmUpEpochs), text('overNote', figures.count(plan.warmUpSteps || 0)), problemText(this.context, problems, 'warmUpEpochs'));
    const preset = warmUpPreset(offer.recommendedWarmUp, choice.epochs || 1);
    setText(this.advice, text('recommended', figures.count(preset), figures.count(plan.dataset.people), figures.count(plan.stepsPerEpoch)));
    this.warning.classList.toggle('hide', isWarmUp);
    this.draw(view, isWarmUp);
  }

  private choose(value: 'warmUp' | 'atOnce'): void {
    if (this.view === undefined) return;
    const { offer, choice } = this.view;
    this.context.change({ warmUpEpochs: value === 'atOnce' ? 0 : (this.lastWarmUp ?? warmUpPreset(offer.recommendedWarmUp, choice.epochs || 1)) });
  }

  private draw({ choice, plan }: ResumeView, isWarmUp: boolean): void {
    const { text, figures } = this.context;
    if (!Number.isFinite(plan.lastStep) || !Number.isFinite(plan.warmUpSteps)) return;
    const { step } = plan.checkpoint;
    const full = step + plan.warmUpSteps;
    const end = Math.max(step + 1, Math.min(plan.lastStep, step + Math.max(2 * plan.warmUpSteps, plan.stepsPerEpoch * 4)));
    const margin = figures.fixed(choice.margin, 2);
    const top = Math.max(0.5, choice.margin);
    const before = step - (end - step) * 0.12;
    const atOnce: readonly (readonly [number, number])[] = [[step, 0], [step, choice.margin], [end, choice.margin]];
    const rising: readonly (readonly [number, number])[] = [[step, 0], [Math.min(full, end), choice.margin], [end, choice.margin]];
    this.plot.show({
      label: text('marginChart', figures.count(step), margin, figures.count(full)), x: [before, end], y: [0, top],
      yTicks: [0, top / 2, top].map((value) => ({ value, label: figures.fixed(value, value === 0 ? 0 : 2) })),
      xTicks: roundTicks(step, end, (value) => figures.count(value)),
      lines: [...(isWarmUp ? [{ look: 'at-once', points: atOnce }] : []), { look: 'chosen-line', points: isWarmUp ? rising : atOnce, isFilled: true }],
      dots: [],
      mark: { x: isWarmUp ? Math.min(full, end) : step, text: text('marginFull', margin, figures.count(isWarmUp ? full : step)) },
      ...(isWarmUp ? { note: { x: step, text: text('atOnceLine') } } : {}),
    });
  }
}
