import { element } from './element';

export interface Segments<Value extends string> {
  readonly root: HTMLElement;
  update(chosen: Value): void;
}

/** Two or three choices beside each other. */
export function segments<Value extends string>(label: string, choices: readonly { readonly value: Value; readonly label: string }[], onChoose: (value: Value) => void, className = 'seg'): Segments<Value> {
  const buttons = choices.map(({ value, label: name }) => {
    const made = element('button', { 'type': 'button', 'data-value': value }, name);
    made.addEventListener('click', () => onChoose(value));
    return { value, made };
  });
  return {
    root: element('span', { class: className, role: 'group', 'aria-label': label }, ...buttons.map(({ made }) => made)),
    update: (chosen) => buttons.forEach(({ value, made }) => made.setAttribute('aria-pressed', String(value === chosen))),
  };
}
