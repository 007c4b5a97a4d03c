import type { Locator } from 'playwright-core';
import type { Workbench } from '../support/workbench';

/** The page "Resume with ArcFace" as a person finds it. */
export class ResumePage {
  constructor(private readonly workbench: Workbench) {}

  get title(): Locator {
    return this.workbench.webview.getByRole('heading', { level: 1, name: /^Resume .* with ArcFace$/ });
  }

  /** What is said of the new run in "Kept" and "New", e.g. of "head". */
  async fact(id: string): Promise<string> {
    return (await this.workbench.webview.locator(`[data-fact="${id}"]`).innerText()).trim();
  }

  async fill(field: 'epochs' | 'over' | 'rate' | 'scale', value: string): Promise<void> {
    await this.workbench.webview.locator(`#${field}`).fill(value);
  }

  /** Chooses a checkpoint by its name. */
  async choose(point: 'best' | 'last'): Promise<void> {
    await this.workbench.webview.locator(`input[data-point="${point}"]`).check();
  }

  async chosen(): Promise<string | null> {
    return this.workbench.webview.locator('input[name="checkpoint"]:checked').getAttribute('data-point');
  }

  get startButton(): Locator {
    return this.workbench.webview.locator('vscode-button.primary');
  }

  async expectation(): Promise<string> {
    return this.workbench.webview.locator('#expectation').innerText();
  }
}
