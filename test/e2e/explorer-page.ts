import type { FrameLocator, Locator } from 'playwright-core';
import { until } from '../support/workbench-wait';
import type { Workbench } from '../support/workbench';

/** The dataset explorer as a person and assistive technology find it. */
export class ExplorerPage {
  constructor(private readonly workbench: Workbench) {}

  get frame(): FrameLocator {
    return this.workbench.webview;
  }

  get grid(): Locator {
    return this.frame.locator('#photos');
  }

  get cursor(): Locator {
    return this.frame.locator('#photos [role="gridcell"][tabindex="0"]');
  }

  tile(name: string | RegExp): Locator {
    return this.frame.getByRole('gridcell', { name });
  }

  button(name: string | RegExp): Locator {
    return this.frame.locator('vscode-button:visible').filter({ hasText: name }).first();
  }

  tab(name: string | RegExp): Locator {
    return this.frame.getByRole('tab', { name });
  }

  async waitUntilShown(): Promise<void> {
    await this.frame.locator('#photos .tile.loaded').first().waitFor();
  }

  /** Photo of which face and crop are shown. */
  async waitForLook(photo: string): Promise<void> {
    await until(`the face of ${photo}`, async () => (await this.frame.locator('.insp').getAttribute('data-looked')) === photo);
  }

  async cursorLabel(): Promise<string> {
    return (await this.cursor.getAttribute('aria-label')) ?? '';
  }

  /** Presses keys in the grid and waits until the cursor is on the photo. */
  async walk(keys: readonly string[], expected: RegExp): Promise<void> {
    await this.cursor.focus();
    for (const key of keys) await this.workbench.page.keyboard.press(key);
    await until(`the cursor on ${expected.source} after ${keys.join(' ')}`, async () => expected.test(await this.cursorLabel()));
  }
}
