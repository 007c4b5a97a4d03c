import type { RecordsView } from '../../src/protocol/records-page';
import { element } from '../common/element';
import { DrawnKey } from '../common/redrawn';
import { personText, type PageContext } from './page-context';

export interface ToolbarListener {
  /** @param label undefined: everyone */
  readonly onLabel: (label: number | undefined) => void;
  readonly onGoTo: (number: number) => void;
}

/** Whose records are shown, and which one is gone to. */
export class Toolbar {
  readonly root: HTMLElement;
  private readonly person: HTMLSelectElement;
  private readonly number: HTMLInputElement;
  private readonly total = element('span', { class: 'mute num' });
  private readonly key = new DrawnKey();

  constructor(private readonly context: PageContext, listener: ToolbarListener) {
    const { text } = context;
    this.person = element('select', { id: 'person' }) as HTMLSelectElement;
    this.person.addEventListener('change', () => listener.onLabel(this.person.value === '' ? undefined : Number(this.person.value)));
    this.number = element('input', { type: 'number', id: 'go-to', min: '0', step: '1', value: '0' }) as HTMLInputElement;
    this.number.addEventListener('change', () => {
      if (this.number.validity.valid && this.number.value !== '') listener.onGoTo(this.number.valueAsNumber);
    });
    this.root = element('div', { class: 'toolbar' },
      element('label', { class: 'row sm' }, text('person'), this.person), element('label', { class: 'row sm' }, text('goTo'), this.number, this.total));
  }

  update(view: RecordsView, label: number | undefined): void {
    const { figures, text } = this.context;
    this.number.max = String(Math.max(0, view.count - 1));
    this.total.textContent = text('ofRecords', figures.count(view.count));
    if (this.key.isNew(view.labels)) {
      const options = view.labels.map((entry) => element('option', { value: String(entry.label) }, text('personCount', personText(this.context, entry), figures.count(entry.count))));
      this.person.replaceChildren(element('option', { value: '' }, text('everyone', figures.count(view.count))), ...options);
    }
    this.person.value = label === undefined ? '' : String(label);
  }

  showNumber(number: number): void {
    if (document.activeElement !== this.number) this.number.value = String(number);
  }
}
