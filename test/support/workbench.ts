import { rm } from 'node:fs/promises';
import path from 'node:path';
import axe from 'axe-core';
import { chromium, type Browser, type FrameLocator, type Locator, type Page } from 'playwright-core';
import packageJson from '../../package.json';
import { productRoot } from '../../src/base/product';
import { cutOff } from './cut-off';
import { QuickInput } from './quick-input';
import { storedEditors } from './stored-editors';
import { until, waitLimitMs } from './workbench-wait';
import { WorkbenchServer, type ProcessMemory, type WorkbenchOptions } from './workbench-server';

/** How long a menu is given to open or to close. */
const menuLimitMs = 5_000;
const mostPresses = 10;
/** Pictures of all themes are for people to look at; what a narrow column cuts off shows in one. */
const picturedThemes = process.env['CI'] === 'true' ? ['dark'] as const : ['light', 'hc', 'hcLight', 'dark'] as const;
/** A column beside another editor. */
const narrowWidth = 320;
const chromiumArguments = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

/** Label and class of the window's root of each theme. */
const themes = {
  dark: { name: 'Dark Modern', rootClass: 'vs-dark' },
  light: { name: 'Light Modern', rootClass: 'vs' },
  hc: { name: 'Dark High Contrast', rootClass: 'hc-black' },
  hcLight: { name: 'Light High Contrast', rootClass: 'hc-light' },
} as const;

/** Why no workbench can be opened here, or `false`; fits the `skip` option of a test. */
export function workbenchMissing(): string | false {
  const ready = process.env['MOBILEFACENET_WORKBENCH'] !== undefined && process.env['MOBILEFACENET_CHROMIUM'] !== undefined;
  return ready ? false : 'no workbench and browser were provided; run `npm test -- e2e`';
}

/**
 * A real VS Code workbench in a browser without a window, with this project's extension in it. Pages may talk to
 * 127.0.0.1 only; what else they ask for is refused and noted. Every wait ends after five minutes.
 */
export class Workbench extends QuickInput {
  /** Errors in the browser's console about a breach of a content security policy, or that name this extension. */
  readonly ownErrors: string[] = [];
  /** Hosts other than this machine that a page asked for. */
  readonly outsideHosts = new Set<string>();

  private constructor(
    private readonly server: WorkbenchServer,
    private readonly browser: Browser,
    page: Page,
  ) {
    super(page);
  }

  /** @param workspace absolute path of the folder to open */
  static async open(workspace: string, options: WorkbenchOptions = {}): Promise<Workbench> {
    const server = await WorkbenchServer.start(required('MOBILEFACENET_WORKBENCH'), options);
    let browser: Browser | undefined;
    try {
      browser = await chromium.launch({ executablePath: required('MOBILEFACENET_CHROMIUM'), args: chromiumArguments, timeout: waitLimitMs });
      const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
      page.setDefaultTimeout(waitLimitMs);
      const workbench = new Workbench(server, browser, page);
      await workbench.watchPage();
      await page.goto(`${server.url}?folder=${encodeURIComponent(workspace)}`);
      await workbench.waitUntilPainted();
      return workbench;
    } catch (error) {
      await browser?.close();
      await server.stop();
      throw error;
    }
  }

  /** The content of the visible webview. VS Code nests it: an outer frame of its own, and our page in `#active-frame`. */
  get webview(): FrameLocator {
    return this.page.frameLocator('iframe.webview.ready >> visible=true').frameLocator('#active-frame');
  }

  /** Opens a view container by its title in the activity bar. */
  async openViewContainer(title: string): Promise<void> {
    const icon = this.page.locator(`.activitybar .action-item:not(.checked) [aria-label^="${title}"]`).first();
    const open = this.page.locator(`.activitybar .action-item.checked [aria-label^="${title}"]`).first();
    await icon.or(open).first().waitFor();
    // A click on one that is open closes it.
    if (await icon.isVisible()) await icon.click();
  }

  treeItem(name: string | RegExp): Locator {
    return this.page.getByRole('treeitem', { name });
  }

  /** Chooses an entry of the context menu of something. */
  async chooseFromMenu(target: Locator, entryName: string): Promise<void> {
    const entry = this.page.locator('.monaco-menu').getByText(entryName, { exact: true });
    await until(`the menu to take ${entryName}`, async () => {
      if (!(await entry.isVisible())) await target.click({ button: 'right' });
      await entry.waitFor({ timeout: menuLimitMs });
      // While the window still starts, entries are grey that want its trust, and an open menu does not notice that it comes.
      if ((await entry.locator('xpath=ancestor::li[contains(@class, "disabled")]').count()) > 0) {
        await this.page.keyboard.press('Escape');
        return false;
      }
      // A menu takes no click in its first moments, so that the one that opened it does not choose.
      for (let press = 0; press < mostPresses; press++) {
        await entry.click({ timeout: menuLimitMs }).catch(() => undefined);
        if (await entry.waitFor({ state: 'hidden', timeout: menuLimitMs / mostPresses }).then(() => true, () => false)) return true;
      }
      return false;
    });
  }

  /** Memory of the process that runs the extensions; undefined when there is none. */
  get extensionHostMemory(): ProcessMemory | undefined {
    return this.server.extensionHostMemory();
  }

  /** What the editor says about this extension among the running ones, e.g. its activation time in milliseconds. */
  async activationMs(): Promise<number> {
    await this.runCommand('Developer: Show Running Extensions');
    const row = this.page.locator('.runtime-extensions-editor .monaco-list-row').filter({ hasText: packageJson.displayName }).first();
    const [, ms] = /Activation:\s*(\d+)\s*ms/.exec(await row.innerText()) ?? [];
    if (ms === undefined) throw new Error(`The editor names no activation time: ${await row.innerText()}`);
    return Number(ms);
  }

  /**
   * Reloads the window once the workbench has stored its editors, which it does every few seconds; the extension host starts anew, what it has detached
   * goes on.
   */
  async reload(): Promise<void> {
    const titles = await this.page.locator('.tabs-container .tab .label-name').allInnerTexts();
    await until('the workbench to store its editors', async () => {
      const stored = await this.page.evaluate(storedEditors);
      return titles.every((title) => stored.includes(title));
    });
    await this.page.reload();
    await this.waitUntilPainted();
  }

  async useTheme(theme: keyof typeof themes): Promise<void> {
    const { name, rootClass } = themes[theme];
    const wanted = this.page.locator(`.monaco-workbench.${rootClass}`);
    if (await wanted.isVisible()) return;
    await this.runCommand('Preferences: Color Theme');
    await this.quickPickByName(name);
    await wanted.waitFor();
  }

  /**
   * One picture of the visible page for each theme, `<name>-dark.png` and so on, two of them in a narrow column as well; the dark theme stays. On
   * continuous integration, of the dark theme only.
   * @throws Error naming what the narrow column cuts off
   */
  async screenshots(name: string): Promise<void> {
    const cut: string[] = [];
    for (const theme of picturedThemes) {
      await this.useTheme(theme);
      // Canvases are drawn again a frame after the theme has changed.
      await this.page.waitForTimeout(300);
      await this.screenshot(`${name}-${theme}`);
      if (theme === 'light' || theme === 'dark') cut.push(...(await this.narrowScreenshot(`${name}-narrow-${theme}`)));
    }
    if (cut.length > 0) throw new Error(`At ${narrowWidth} px ${name} cuts off:\n${cut.join('\n')}`);
  }

  /** @returns what is cut off */
  private narrowScreenshot(name: string): Promise<string[]> {
    return this.inNarrowColumn(async () => {
      await this.screenshot(name);
      return this.webview.locator('body').evaluate(cutOff);
    });
  }

  /** Does something while the visible page has the width of a narrow column. */
  async inNarrowColumn<Result>(action: () => Promise<Result>): Promise<Result> {
    const usual = this.page.viewportSize();
    const box = await this.page.locator('iframe.webview.ready >> visible=true').boundingBox();
    if (usual === null || box === null) throw new Error('No page is visible.');
    await this.page.setViewportSize({ width: Math.round(usual.width - box.width + narrowWidth), height: usual.height });
    try {
      await this.page.waitForTimeout(500);
      return await action();
    } finally {
      await this.page.setViewportSize(usual);
      await this.page.waitForTimeout(300);
    }
  }

  /**
   * Looks for accessibility problems in the visible webview by the rules of axe.
   * @returns the serious and critical ones, a line each, with the elements concerned
   */
  async accessibilityProblems(): Promise<string[]> {
    const body = await this.webview.locator('body').elementHandle();
    const frame = await body?.ownerFrame();
    if (!frame) throw new Error('No page is visible.');
    await frame.evaluate(axe.source);
    const { violations } = await frame.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`);
  }

  /** Keeps a picture of the whole window in .cache/e2e-screenshots. */
  async screenshot(name: string): Promise<void> {
    await this.page.screenshot({ path: pictureFile(name), timeout: waitLimitMs });
  }

  /**
   * Runs the body of a test. When it fails, a picture is kept, and what the server printed last and the page shows goes to stderr.
   * @param name of the picture
   */
  async attempt(name: string, body: () => Promise<void>): Promise<void> {
    await rm(pictureFile(`${name}-failure`), { force: true });
    try {
      await body();
    } catch (error) {
      await this.screenshot(`${name}-failure`).catch(() => undefined);
      process.stderr.write(`The server's last words:\n${this.server.output.slice(-500)}\nThe page in sight:\n${await this.shownText()}\n`);
      throw error;
    }
  }

  private shownText(): Promise<string> {
    return this.webview.locator('body').innerText({ timeout: menuLimitMs }).then((text) => text.replace(/\s*\n\s*/gu, '\n').slice(0, 1_000), () => 'none');
  }

  /** Closes browser and server, and ends whatever the extension has started. */
  async close(): Promise<void> {
    try {
      await this.browser.close();
    } finally {
      await this.server.stop();
    }
  }

  private async waitUntilPainted(): Promise<void> {
    await this.page.locator('.monaco-workbench').waitFor();
    await this.page.locator('.activitybar .action-item').first().waitFor();
  }

  private async watchPage(): Promise<void> {
    this.page.on('console', (message) => {
      if (message.type() === 'error' && isOwnError(`${message.text()} ${message.location().url}`)) this.ownErrors.push(message.text());
    });
    await this.page.context().route('**/*', async (route) => {
      const url = new URL(route.request().url());
      if (url.hostname === '127.0.0.1' || ['data:', 'blob:'].includes(url.protocol)) return route.continue();
      this.outsideHosts.add(url.host);
      return route.abort();
    });
  }
}

/** The workbench's own complaints name its files, which lie in this product's cache folder. */
function isOwnError(text: string): boolean {
  const withoutWorkbench = text.replaceAll(required('MOBILEFACENET_WORKBENCH'), '');
  return /content security policy|mobilefacenet/i.test(withoutWorkbench);
}

function pictureFile(name: string): string {
  return path.join(productRoot(), '.cache', 'e2e-screenshots', `${name}.png`);
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set; run \`npm test -- e2e\`.`);
  return value;
}
