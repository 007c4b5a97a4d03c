import type { Locator } from 'playwright-core';
import { untilSays } from '../support/workbench-wait';
import type { Workbench } from '../support/workbench';

/** The deploy panel as a person finds it. */
export class DeployPage {
  constructor(private readonly workbench: Workbench) {}

  /** The word beside the title: Uploading, Verified on the board, ... Empty before the first deploy. */
  async state(): Promise<string> {
    return (await this.workbench.webview.locator('.head .pill').innerText()).trim();
  }

  /** A button or link by what it does. */
  action(name: string): Locator {
    return this.workbench.webview.locator(`[data-action="${name}"]`);
  }

  enabledAction(name: string): Locator {
    return this.workbench.webview.locator(`[data-action="${name}"]:not([aria-disabled="true"])`);
  }

  get place(): Locator {
    return this.workbench.webview.locator('#place');
  }

  get verdict(): Locator {
    return this.workbench.webview.locator('#verdict');
  }

  /** Where it goes: an address of the flash, or a path on the board. */
  target(kind: 'flash' | 'file'): Locator {
    return this.workbench.webview.locator(`[data-kind="${kind}"]`);
  }

  checkbox(name: string): Locator {
    return this.workbench.webview.getByRole('checkbox', { name });
  }

  get photo(): Locator {
    return this.workbench.webview.locator('section', { has: this.workbench.webview.locator('.photo, .photo-links') });
  }

  get error(): Locator {
    return this.workbench.webview.locator('.fail');
  }

  port(name: string | RegExp): Locator {
    return this.workbench.webview.locator('.port').filter({ hasText: name });
  }

  /** Name of each step and how it stands. */
  async steps(): Promise<Record<string, string>> {
    const items = await this.workbench.webview.locator('.st').all();
    return Object.fromEntries(await Promise.all(items.map(async (item) => [await item.getAttribute('data-step'), (await item.getAttribute('class'))?.replace('st ', '')] as const)));
  }

  step(name: string): Locator {
    return this.workbench.webview.locator(`.st[data-step="${name}"]`);
  }

  async waitForState(word: RegExp): Promise<void> {
    await untilSays(`the state ${word.source} in the panel`, word, () => this.state());
  }
}
