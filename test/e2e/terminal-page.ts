import { until, untilSays } from '../support/workbench-wait';
import type { Workbench } from '../support/workbench';

const answerLimitMs = 20_000;

/** The terminal in sight as a person finds it. */
export class TerminalPage {
  constructor(private readonly workbench: Workbench) {}

  /** The rows in sight, without what a terminal fills them up with. */
  async text(): Promise<string> {
    const rows = await this.workbench.page.locator('.terminal-wrapper.active .xterm-rows > div').allInnerTexts();
    return rows.map((row) => row.replaceAll('\u00a0', ' ').trimEnd()).join('\n').trimEnd();
  }

  async waitFor(text: RegExp): Promise<void> {
    await untilSays(`${text.source} in the terminal`, text, () => this.text());
  }

  /**
   * Ends what runs on the board and types a line at its prompt; once more when no answer comes, for keys are lost that something else has taken with the
   * focus.
   */
  async ask(line: string, answer: RegExp): Promise<void> {
    const { keyboard } = this.workbench.page;
    await until(`an answer to ${line}`, async () => {
      await this.workbench.page.locator('.terminal-wrapper.active .xterm').click();
      await keyboard.press('Control+C');
      await keyboard.type(line);
      await keyboard.press('Enter');
      await untilSays(`${answer.source} in the terminal`, answer, () => this.text(), answerLimitMs);
      return true;
    });
  }
}
