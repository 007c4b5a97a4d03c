import { element } from './element';

/** The place of a page where it says why the host did not do what was asked. */
export class Refusal {
  readonly root = element('div', { class: 'refusal hide', role: 'alert' });

  /** @param sentence empty when there is nothing to say, e.g. after a success or when the user cancelled */
  readonly show = (sentence: string): void => {
    this.root.textContent = sentence;
    this.root.classList.toggle('hide', sentence === '');
  };

  /** Says why a request fails, and nothing any more once one succeeds. */
  readonly follow = (request: Promise<unknown>): void => {
    request.then(() => this.show(''), (error: Error) => this.show(error.message));
  };
}
