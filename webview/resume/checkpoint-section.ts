import type { ResumeCheckpoint, ResumePoint } from '../../src/protocol/resume-panel';
import { element, setText } from '../common/element';
import { Redrawn } from '../common/redrawn';
import { section } from './form';
import type { ResumeContext, ResumeSection, ResumeView } from './resume-view';
import { SmallPlot, roundTicks } from './small-plot';

/** Which checkpoint the new run starts from: by name, from a list, or in the chart. */
export class CheckpointSection implements ResumeSection {
  readonly root: HTMLElement;
  private readonly note = element('p', { class: 'mute sm' });
  private readonly list: Redrawn;
  private readonly plot = new SmallPlot(124);
  private readonly unverified = element('p', { class: 'mute sm' });

  constructor(private readonly context: ResumeContext) {
    const { text } = context;
    this.list = new Redrawn(element('div', { role: 'radiogroup', 'aria-label': text('checkpointLabel') }));
    setText(this.unverified, text('noVerification'));
    this.root = section('from', text('fromTitle'), this.note, element('div', { class: 'pair' }, this.list.root, element('div', {}, this.plot.root, this.unverified)));
  }

  update(view: ResumeView): void {
    const { offer, choice } = view;
    const { text, figures } = this.context;
    const { checkpoints } = offer;
    setText(this.note, checkpoints.length === 1 ? text('fromNoteOne') : text('fromNoteMany', figures.count(checkpoints.length)));
    const named = checkpoints.filter(({ point }) => typeof point !== 'number');
    const others = checkpoints.filter(({ point }) => typeof point === 'number');
    this.list.draw([checkpoints, choice.point], () => [
      ...named.map((checkpoint) => this.option(checkpoint, choice.point)),
      ...(others.length === 0 ? [] : [this.otherOption(others, choice.point)]),
    ]);
    const hasCurve = offer.verifications.length > 0;
    this.plot.root.classList.toggle('hide', !hasCurve);
    this.unverified.classList.toggle('hide', hasCurve);
    if (hasCurve) this.drawCurve(view);
  }

  private option({ point, step, accuracy }: ResumeCheckpoint, chosen: ResumePoint): HTMLElement {
    const { text, figures } = this.context;
    const radio = this.radio(point === chosen, () => this.context.change({ point }));
    radio.dataset['point'] = String(point);
    const notes = [text(point === 'best' ? 'pointBest' : 'pointLast'), ...(accuracy === undefined ? [] : [text('verified', figures.percentText(accuracy))])];
    return element('label', { class: 'opt' }, radio, element('span', {}, `${text('checkpointStep', figures.count(step))} `, element('small', {}, notes.join(', '))));
  }

  private otherOption(others: readonly ResumeCheckpoint[], chosen: ResumePoint): HTMLElement {
    const { text, figures } = this.context;
    const select = element('select', { class: 'field', 'aria-label': text('anotherStep') }, ...others.map(({ step, accuracy }) => {
      const label = accuracy === undefined ? figures.count(step) : text('chartPoint', figures.count(step), figures.percentText(accuracy));
      return element('option', { value: String(step) }, label);
    })) as HTMLSelectElement;
    const isChosen = typeof chosen === 'number';
    if (isChosen) select.value = String(chosen);
    const choose = (): void => this.context.change({ point: Number(select.value) });
    select.addEventListener('change', choose);
    const radio = this.radio(isChosen, choose);
    radio.dataset['point'] = 'other';
    radio.setAttribute('aria-label', text('anotherStep'));
    return element('div', { class: 'opt' }, radio, element('span', { class: 'row wrap' }, text('anotherStep'), select, element('small', {}, text('otherStep'))));
  }

  private radio(isChosen: boolean, onChoose: () => void): HTMLInputElement {
    const radio = element('input', { type: 'radio', name: 'checkpoint' }) as HTMLInputElement;
    radio.checked = isChosen;
    radio.addEventListener('change', onChoose);
    return radio;
  }

  private drawCurve({ offer, choice, plan }: ResumeView): void {
    const { text, figures } = this.context;
    const { verifications, checkpoints } = offer;
    const accuracies = verifications.map(({ accuracy }) => accuracy);
    const from = Math.min(0.5, Math.floor(Math.min(...accuracies) * 10) / 10);
    const last = Math.max(...verifications.map(({ step }) => step), ...checkpoints.map(({ step }) => step));
    const { step, accuracy } = plan.checkpoint;
    this.plot.show({
      label: text('chartLabel', offer.name), x: [0, last * 1.03], y: [from, 1],
      yTicks: [from, (from + 1) / 2, 1].map((value) => ({ value, label: figures.percentText(value, 0) })),
      xTicks: roundTicks(0, last, (value) => figures.count(value)),
      lines: [{ look: 'parent', points: verifications.map((event) => [event.step, event.accuracy] as const) }],
      dots: checkpoints.flatMap((checkpoint) => (checkpoint.accuracy === undefined ? [] : [{
        x: checkpoint.step, y: checkpoint.accuracy, look: checkpoint.point === choice.point ? 'chosen' : 'ring', onPress: () => this.context.change({ point: checkpoint.point }),
      }])),
      mark: { x: step, text: accuracy === undefined ? text('checkpointStep', figures.count(step)) : text('chartPoint', figures.count(step), figures.percentText(accuracy)) },
    });
  }
}
