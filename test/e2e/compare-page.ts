import { readFile } from 'node:fs/promises';
import type { Locator } from 'playwright-core';
import { until } from '../support/workbench-wait';
import type { Workbench } from '../support/workbench';

/** The page that compares runs as a person and assistive technology find it. */
export class ComparePage {
  constructor(private readonly workbench: Workbench) {}

  get threshold(): Locator {
    return this.workbench.webview.getByRole('slider', { name: 'Threshold' });
  }

  /** The sentence beside the threshold. */
  get says(): Locator {
    return this.workbench.webview.locator('#threshold-says');
  }

  get answer(): Locator {
    return this.workbench.webview.locator('.same-person [role=status]');
  }

  /** Rows of the table by the text of their cells. */
  async rows(): Promise<string[][]> {
    const rows = await this.workbench.webview.locator('tbody tr').all();
    return Promise.all(rows.map(async (row) => (await row.locator('td').allInnerTexts()).map((cell) => cell.replaceAll('\u00a0', ' ').trim())));
  }

  async headings(): Promise<string[]> {
    return (await this.workbench.webview.locator('thead th').allInnerTexts()).map((text) => text.replaceAll('\u00a0', ' ').trim());
  }

  row(name: string, form: string): Locator {
    return this.workbench.webview.locator('tbody tr', { hasText: name }).filter({ hasText: form });
  }

  /** Curves in the ROC drawing. */
  curves(): Promise<number> {
    return this.workbench.webview.locator('.lay section').first().locator('polyline').count();
  }

  /** Saves one of the comparison's exports to a file. @returns its content */
  async save(choice: string, file: string, saveAs: (file: string) => Promise<void>): Promise<string> {
    await this.workbench.webview.getByRole('button', { name: 'Export' }).click();
    await this.workbench.quickPick(choice);
    await saveAs(file);
    await until(`the file ${file}`, async () => (await readFile(file, 'utf8')).length > 0);
    return readFile(file, 'utf8');
  }
}
