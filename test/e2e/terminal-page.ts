import { until } from '../support/workbench-wait';
import type { Workbench } from '../support/workbench';

/** The terminal in sight as a person finds it. */
export class TerminalPage {
  constructor(private readonly workbench: Workbench) {}

  /** The rows in sight, without what a terminal fills them up with. */
  async text(): Promise<string> {
    const rows = await this.workbench.page.locator('.terminal-wrapper.active .xterm-rows > div').allInnerTexts();
    return rows.map((row) => row.replaceAll('\u00a0', ' ').trimEnd()).join('\n').trimEnd();
  }

  async waitFor(text: RegExp): Promise<void> {
    await until(`${text.source} in the terminal`, async () => {
      const shown = await this.text();
      if (text.test(shown)) return true;
      throw new Error(`it shows ${shown.slice(-600)}`);
    });
  }

  async type(line: string): Promise<void> {
    await this.workbench.page.locator('.terminal-wrapper.active .xterm').click();
    await this.workbench.page.keyboard.type(line);
    await this.workbench.page.keyboard.press('Enter');
  }

  async press(key: string): Promise<void> {
    await this.workbench.page.locator('.terminal-wrapper.active .xterm').click();
    await this.workbench.page.keyboard.press(key);
  }
}
