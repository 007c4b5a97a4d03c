import path from 'node:path';
import type { Locator } from 'playwright-core';
import type { Workbench } from '../support/workbench';

/** The viewer of .kmodel files as a person finds it. */
export class KmodelPage {
  constructor(private readonly workbench: Workbench) {}

  /** Opens a file by its absolute path. */
  async open(file: string): Promise<void> {
    await this.workbench.openFile(file);
    const name = path.basename(file);
    await this.workbench.webview.getByRole('heading', { level: 1, name, exact: true }).waitFor();
  }

  /** A headline number with its unit, and its note. */
  async stat(id: string): Promise<{ value: string; note: string }> {
    const cell = this.workbench.webview.locator(`[data-stat="${id}"]`);
    const read = async (selector: string): Promise<string> => (await cell.locator(selector).innerText()).replaceAll('\u00a0', ' ').trim();
    return { value: await read('b'), note: await read('em') };
  }

  get rows(): Locator {
    return this.workbench.webview.locator('table.layers tbody tr');
  }

  /** Texts of the cells of each row. */
  async table(): Promise<string[][]> {
    const rows = await this.rows.all();
    return Promise.all(rows.map(async (row) => (await row.locator('td').allInnerTexts()).map((text) => text.replaceAll('\u00a0', ' ').trim())));
  }

  /** Layers whose blocks are lit in the memory map. */
  async litLayers(): Promise<number[]> {
    const births = await this.workbench.webview.locator('#memory-map .block.lit').evaluateAll((blocks) => blocks.map((block) => Number((block as unknown as { dataset: { birth: string } }).dataset.birth)));
    return births.sort((a, b) => a - b);
  }

  get problem(): Locator {
    return this.workbench.webview.locator('.file-problem');
  }
}
