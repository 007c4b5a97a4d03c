import { element, icon, setText } from '../common/element';
import { Redrawn } from '../common/redrawn';
import { segments } from '../common/segments';
import { numberField, section } from './form';
import { problemText } from './problem-text';
import type { ResumeContext, ResumeSection, ResumeView } from './resume-view';

const firstFixedScale = 64;

/** What the new run is trained on, how long, and with which rate and scale. */
export class LengthSection implements ResumeSection {
  readonly root: HTMLElement;
  private readonly note = element('p', { class: 'mute sm' });
  private readonly select = element('select', { class: 'field', id: 'dataset' }) as HTMLSelectElement;
  private readonly options: Redrawn;
  private readonly datasetNote = element('span', { class: 'mute' });
  private readonly datasetProblem = element('p', { class: 'problem' });
  private readonly changed = element('p', { class: 'sm row top' });
  private readonly epochs;
  private readonly rate;
  private readonly scaleKind;
  private readonly scale;

  constructor(private readonly context: ResumeContext) {
    const { text, change } = context;
    this.options = new Redrawn(this.select);
    this.select.addEventListener('change', () => change({ dataset: this.select.value }));
    this.epochs = numberField('epochs', text('epochs'), (epochs) => change({ epochs }));
    this.rate = numberField('rate', text('rate'), (learningRate) => change({ learningRate }));
    this.scaleKind = segments(text('scale'), [{ value: 'adacos', label: text('scaleAdacos') }, { value: 'fixed', label: text('scaleFixed') }], (value) => change({ scale: value === 'adacos' ? value : firstFixedScale }));
    this.scale = numberField('scale', text('scale'), (scale) => change({ scale }));
    this.scale.input.before(this.scaleKind.root);
    this.root = section('length', text('lengthTitle'), this.note, element('div', {},
      element('div', { class: 'f' }, element('label', { for: 'dataset' }, text('dataset')),
        element('div', {}, element('div', { class: 'row wrap' }, this.select, this.datasetNote), this.datasetProblem, this.changed)),
      this.epochs.root, this.rate.root, this.scale.root));
  }

  update({ offer, choice, plan, problems }: ResumeView): void {
    const { text, figures } = this.context;
    const { dataset } = plan;
    setText(this.note, text('lengthNote', offer.name));
    this.options.draw(offer.datasets.map(({ folder, name }) => [folder, name]), () => offer.datasets.map(({ folder, name }) => element('option', { value: folder }, name)));
    this.select.value = choice.dataset;
    setText(this.datasetNote, text('datasetNote', figures.count(dataset.people), figures.count(dataset.images)));
    setText(this.datasetProblem, problemText(this.context, problems, 'dataset') ?? '');
    this.changed.classList.toggle('hide', !dataset.hasChanged);
    this.changed.replaceChildren(element('span', { class: 'info' }, icon('info')), element('span', {}, text('datasetChanged', offer.name)));
    const steps = Number.isFinite(plan.steps) ? text('epochsNote', figures.count(plan.steps), figures.count(plan.stepsPerEpoch)) : '';
    this.epochs.update(String(choice.epochs), steps, problemText(this.context, problems, 'epochs'));
    this.rate.update(choice.learningRate.toExponential().replace('e+0', ''), text('rateNote'), problemText(this.context, problems, 'learningRate'));
    const isFixed = choice.scale !== 'adacos';
    this.scaleKind.update(isFixed ? 'fixed' : 'adacos');
    this.scale.input.classList.toggle('hide', !isFixed);
    const scaleNote = isFixed ? text('scaleNote') : text('newScaleAdacos', figures.fixed(plan.scale, 2), figures.count(dataset.people));
    this.scale.update(isFixed ? String(choice.scale) : '', scaleNote, problemText(this.context, problems, 'scale'));
  }
}
