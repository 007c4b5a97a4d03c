import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { until, waitLimitMs } from './workbench-wait';

/** How long a file dialog is given for a path or a click before it gets it once more. */
const folderLimitMs = 10_000;
/** How long the palette is given to open or to close, and how long to find a command. */
const paletteLimitMs = 10_000;
const rowLimitMs = 5_000;
/** How long a command is given to offer its choices. */
const pickLimitMs = 60_000;

/** What a person does in the palette, in quick picks, in input boxes and in the file dialogs, which are all one widget of the editor. */
export class QuickInput {
  constructor(readonly page: Page) {}

  /** Runs a command from the palette. `title` includes its category: `MobileFaceNet: Train…`. */
  async runCommand(title: string): Promise<void> {
    await until(`the palette to run "${title}"`, async () => {
      await this.openPalette(title);
      const row = this.rows(title).first();
      if (!(await appears(row, rowLimitMs))) throw new Error(`it shows ${await this.shownRows()}`);
      await this.clickRow(row, paletteLimitMs);
      return true;
    });
  }

  /** Runs a command and chooses a row of the quick pick that it opens; once more when something has closed that by taking the focus late. */
  async runCommandAndPick(title: string, text: string | RegExp): Promise<void> {
    const row = this.rows(text).first();
    await until(`"${title}" to take ${text.toString()}`, async () => {
      await this.runCommand(title);
      if (!(await appears(row, pickLimitMs))) throw new Error(`it shows ${await this.shownRows()}`);
      await this.clickRow(row, paletteLimitMs);
      return true;
    });
  }

  /** Titles that the palette offers for a text; it is closed again. */
  async offeredCommands(text: string): Promise<string[]> {
    await until('the palette', async () => this.openPalette(text).then(() => true));
    // The palette filters a moment after the last letter.
    await this.page.waitForTimeout(1_000);
    const titles = await this.rows(/./).allInnerTexts();
    await this.page.keyboard.press('Escape');
    return titles;
  }

  /** Chooses the row with this text in the open quick pick. */
  async quickPick(text: string | RegExp): Promise<void> {
    const row = this.rows(text).first();
    await row.waitFor();
    await this.clickRow(row, waitLimitMs);
  }

  /** Chooses the row with this text in the open quick pick, which has it further below. */
  async quickPickByName(text: string): Promise<void> {
    await until(`the list to take ${text}`, async () => {
      await this.quickInputField.fill(text, { timeout: paletteLimitMs });
      await this.clickRow(this.rows(text).first(), paletteLimitMs);
      return true;
    });
  }

  /** Ticks rows of the open quick pick and confirms it. */
  async quickPickMany(texts: readonly string[]): Promise<void> {
    await this.tickQuickPick(texts);
    await this.confirmQuickPick();
  }

  async tickQuickPick(texts: readonly string[]): Promise<void> {
    for (const text of texts) await this.rows(text).first().locator('input[type="checkbox"], .monaco-custom-toggle, .quick-input-list-checkbox').first().click();
  }

  async confirmQuickPick(): Promise<void> {
    await this.page.locator('.quick-input-widget:visible').getByRole('button', { name: 'OK' }).click();
  }

  /** Fills the open input box or quick pick and confirms it. */
  async quickInput(text: string): Promise<void> {
    const input = this.quickInputField;
    await input.fill(text);
    await input.press('Enter');
  }

  /** Opens a file by its absolute path in its usual editor. */
  async openFile(file: string): Promise<void> {
    await this.runCommand('File: Open File...');
    await this.chooseFile(file);
  }

  /** Chooses a file by its absolute path in the open dialog. */
  async chooseFile(file: string): Promise<void> {
    // The dialog fills its own field once it has read the first folder.
    await this.rows('..').first().waitFor();
    const row = this.rows(path.basename(file)).first();
    // While the dialog still reads a folder, it overlooks what is written into its field, and a click.
    await until(`the dialog to take ${file}`, async () => {
      if (await this.quickInputProgress.isVisible()) return false;
      if (await row.isVisible()) {
        await row.click({ timeout: folderLimitMs });
        return disappears(row, folderLimitMs);
      }
      await this.quickInputField.fill('', { timeout: folderLimitMs });
      await this.quickInputField.fill(file, { timeout: folderLimitMs });
      await appears(row, folderLimitMs);
      return false;
    });
  }

  /** Gives a path to the open dialog for a file to save or open, which changes a path that is typed too early. */
  async answerFileDialog(file: string): Promise<void> {
    const field = this.quickInputField;
    await until('the file dialog', async () => {
      const value = await field.inputValue({ timeout: folderLimitMs });
      await this.page.waitForTimeout(600);
      if (!value.startsWith('/') || (await field.inputValue({ timeout: folderLimitMs })) !== value || (await this.quickInputProgress.isVisible())) return false;
      if (value === file) return true;
      await field.fill(file, { timeout: folderLimitMs });
      return false;
    });
    await field.press('Enter');
  }

  private get quickInputField(): Locator {
    return this.page.locator('.quick-input-widget:visible input[type="text"]').first();
  }

  private get quickInputProgress(): Locator {
    return this.page.locator('.quick-input-widget:visible .quick-input-progress.active');
  }

  private rows(text: string | RegExp): Locator {
    return this.page.locator('.quick-input-widget:visible .quick-input-list .monaco-list-row').filter({ hasText: text });
  }

  /**
   * Opens the palette anew: an open one does not notice the commands of an extension that is still starting, and one that closes takes no text. A key that
   * comes while a page takes the focus, or gives it back, is lost.
   * @throws Error when it does not open or loses its field, which calling it again mends
   */
  private async openPalette(text: string): Promise<void> {
    if (await this.quickInputField.isVisible()) {
      await this.page.keyboard.press('Escape');
      await this.quickInputField.waitFor({ state: 'hidden', timeout: paletteLimitMs });
    }
    await this.page.keyboard.press('F1');
    await this.quickInputField.fill(`>${text}`, { timeout: paletteLimitMs });
  }

  /** Waits until the list is gone: what is typed into it then would go to the editor behind. The next list may have a row with the same text, so it may stay. */
  private async clickRow(row: Locator, timeoutMs: number): Promise<void> {
    // On a busy machine the hover of the row that the list opened under has come by now, and covers others.
    await this.page.mouse.move(0, 0);
    await row.click({ timeout: timeoutMs });
    await disappears(row, rowLimitMs);
  }

  private async shownRows(): Promise<string> {
    return (await this.rows(/./).allInnerTexts()).join(' | ');
  }
}

function appears(locator: Locator, timeoutMs: number): Promise<boolean> {
  return locator.waitFor({ timeout: timeoutMs }).then(() => true, () => false);
}

function disappears(locator: Locator, timeoutMs: number): Promise<boolean> {
  return locator.waitFor({ state: 'hidden', timeout: timeoutMs }).then(() => true, () => false);
}
