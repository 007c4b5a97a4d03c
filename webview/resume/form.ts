import { element, setText } from '../common/element';

/** Heading at the left, content at the right; below each other where the page is narrow. */
export function section(id: string, title: string, note: HTMLElement | string, ...content: HTMLElement[]): HTMLElement {
  const noteElement = typeof note === 'string' ? element('p', { class: 'mute sm' }, note) : note;
  return element('section', { class: 'step', id, 'aria-labelledby': `${id}-title` },
    element('div', {}, element('h2', { id: `${id}-title` }, title), noteElement), ...content);
}

export interface NumberField {
  readonly root: HTMLElement;
  readonly input: HTMLInputElement;
  /** @param problem what is wrong with the value, shown below it */
  update(value: string, note: string, problem: string | undefined): void;
}

/** A labelled field with a note behind it and its mistake below it. @param parse gives NaN for what is no number */
export function numberField(id: string, label: string, onChange: (value: number) => void, parse: (text: string) => number = Number): NumberField {
  const input = element('input', { class: 'field num', id, inputmode: 'decimal', autocomplete: 'off', 'aria-describedby': `${id}-note ${id}-problem` }) as HTMLInputElement;
  const note = element('span', { class: 'mute', id: `${id}-note` });
  const problem = element('p', { class: 'problem', id: `${id}-problem` });
  input.addEventListener('input', () => onChange(input.value.trim() === '' ? Number.NaN : parse(input.value.trim())));
  const root = element('div', { class: 'f' }, element('label', { for: id }, label), element('div', {}, element('div', { class: 'row wrap' }, input, note), problem));
  return {
    root, input,
    update: (value, noteText, problemText) => {
      if (document.activeElement !== input && input.value !== value) input.value = value;
      setText(note, noteText);
      setText(problem, problemText ?? '');
      input.setAttribute('aria-invalid', String(problemText !== undefined));
    },
  };
}
