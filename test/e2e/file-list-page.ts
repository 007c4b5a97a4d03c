import path from 'node:path';
import type { Locator } from 'playwright-core';
import { until } from '../support/workbench-wait';
import type { Workbench } from '../support/workbench';

/** A page with a grid of records or pairs as a person finds it. */
export class FileListPage {
  constructor(private readonly workbench: Workbench) {}

  /** Opens a file by its absolute path. */
  async open(file: string): Promise<void> {
    await this.workbench.openFile(file);
    await this.waitFor(path.basename(file));
  }

  async waitFor(name: string): Promise<void> {
    await this.workbench.webview.getByRole('heading', { level: 1, name, exact: true }).waitFor();
    await this.tiles.first().waitFor();
  }

  get facts(): Promise<string> {
    return this.workbench.webview.locator('.head p').innerText();
  }

  /** Tiles that are filled. */
  get tiles(): Locator {
    return this.workbench.webview.locator('.flat-tile[data-number]');
  }

  tile(number: number): Locator {
    return this.workbench.webview.locator(`.flat-tile[data-number="${number}"]`);
  }

  /** Number of the item under the cursor. */
  async cursor(): Promise<number> {
    return Number(await this.workbench.webview.locator('.flat-tile.cursor').getAttribute('data-number'));
  }

  async goTo(number: number): Promise<void> {
    const field = this.workbench.webview.locator('#go-to');
    await field.fill(String(number));
    await field.press('Enter');
  }

  async waitForCursor(number: number): Promise<void> {
    await until(`the cursor on ${number}`, async () => (await this.cursor()) === number);
  }

  /** The sentence about what was passed over or is missing. */
  get damage(): Locator {
    return this.workbench.webview.locator('.damage');
  }
}
