/**
 * The only module that knows @vscode/webview-ui-toolkit, which is no longer developed: another set of components
 * replaces it here. The rest of the pages is plain HTML.
 */
import { provideVSCodeDesignSystem, vsCodeButton, vsCodeCheckbox } from '@vscode/webview-ui-toolkit';
import { element, icon, type IconName } from './element';

/** Makes the components known to the page; call once, before the first of them is made. */
export function registerComponents(): void {
  provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeCheckbox());
}

export interface ButtonOptions {
  readonly label: string;
  readonly icon?: IconName;
  readonly kind: 'primary' | 'secondary' | 'quiet';
  readonly title?: string;
  /** Why it cannot be pressed now; it keeps the focus then. */
  readonly disabledBecause?: string | undefined;
  readonly onPress: () => void;
}

export function button(options: ButtonOptions): HTMLElement {
  const { disabledBecause } = options;
  const title = disabledBecause ?? options.title;
  const made = element('vscode-button', {
    appearance: options.kind === 'primary' ? 'primary' : 'secondary',
    class: options.icon === undefined ? `${options.kind} plain` : options.kind,
    ...(title === undefined ? {} : { title }),
    ...(disabledBecause === undefined ? {} : { 'aria-disabled': 'true' }),
  }, ...(options.icon === undefined ? [] : [element('span', { slot: 'start' }, icon(options.icon))]), options.label);
  if (disabledBecause === undefined) made.addEventListener('click', options.onPress);
  return made;
}

export interface Checkbox {
  readonly root: HTMLElement;
  setChecked(checked: boolean): void;
}

/** @param label visible text, or only the accessible name when `hideLabel` */
export function checkbox(label: string, onChange: (checked: boolean) => void, hideLabel = false): Checkbox {
  const root = element('vscode-checkbox', hideLabel ? { 'aria-label': label, 'class': 'bare' } : {}, hideLabel ? '' : label) as HTMLElement & { checked: boolean };
  root.addEventListener('change', () => onChange(root.checked));
  return {
    root,
    setChecked: (checked) => {
      root.checked = checked;
    },
  };
}
