import assert from 'node:assert/strict';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import type * as vscode from 'vscode';
import * as z from 'zod';
import { PageConnection } from '../../../src/host/pages/page-connection';
import { PanelCollection } from '../../../src/host/pages/panel-collection';
import { EventEmitter, Uri, window } from '../../support/vscode';

/** A panel without a window. */
class FakePanel {
  constructor(readonly title = 'Panel') {}

  readonly received: unknown[] = [];
  readonly closed = new EventEmitter<void>();
  readonly viewState = new EventEmitter<void>();
  readonly messages = new EventEmitter<unknown>();
  visible = true;
  iconPath: unknown;
  readonly onDidDispose = this.closed.event;
  readonly onDidChangeViewState = this.viewState.event;
  readonly webview = {
    html: '', options: {}, cspSource: 'https://page', asWebviewUri: (uri: Uri) => uri, onDidReceiveMessage: this.messages.event,
    postMessage: (message: unknown) => this.received.push(message),
  };

  reveal(): void {
    this.setVisible(true);
  }

  setVisible(visible: boolean): void {
    this.visible = visible;
    this.viewState.fire();
  }

  dispose(): void {
    this.closed.fire();
  }
}

const log = { warn: () => undefined, error: () => undefined } as unknown as vscode.LogOutputChannel;
const extensionUri = Uri.file('/extension') as unknown as vscode.Uri;
let made: FakePanel[] = [];

before(() => {
  Object.assign(window, {
    registerWebviewPanelSerializer: () => ({ dispose: () => undefined }),
    createWebviewPanel: () => {
      const panel = new FakePanel();
      made.push(panel);
      return panel;
    },
  });
});

interface Page {
  readonly key: string;
  isDisposed: boolean;
  dispose(): void;
}

function collection(fill: (key: string) => Promise<void> = () => Promise.resolve(), kept = new Map<string, unknown>()): { readonly panels: PanelCollection<Page>; readonly pages: Page[] } {
  made = [];
  const pages: Page[] = [];
  const panels = new PanelCollection<Page>({
    type: 'test', title: (key) => path.basename(key), icon: 'test', keyOf: (state) => Promise.resolve(typeof state === 'string' ? state : undefined),
    fill: async (_panel, key) => {
      await fill(key);
      const page: Page = {
        key, isDisposed: false,
        dispose() {
          this.isDisposed = true;
        },
      };
      pages.push(page);
      return page;
    },
  }, { extensionUri, log, memory: { get: (name: string, otherwise: unknown) => kept.get(name) ?? otherwise, update: (name: string, value: unknown) => kept.set(name, value) } as unknown as vscode.Memento });
  return { panels, pages };
}

describe('PanelCollection', () => {
  test('holds each page as long as its panel is open, and tells which is in sight', async () => {
    const { panels, pages } = collection();
    await panels.open('/a');
    await panels.open('/b');
    made[0]?.setVisible(false);
    assert.deepEqual([panels.visible?.key, panels.page('/a')?.key, panels.keys], ['/b', '/a', ['/a', '/b']]);
    await panels.open('/a');
    assert.deepEqual([made.length, panels.isVisible('/a')], [2, true], 'the panel that is there is shown');
    made[0]?.dispose();
    assert.deepEqual([panels.page('/a'), panels.keys, pages[0]?.isDisposed, pages[1]?.isDisposed], [undefined, ['/b'], true, false]);
    panels.dispose();
    assert.equal(pages[1]?.isDisposed, true);
  });

  test('a panel that is closed while it is being filled leaves no page behind', async () => {
    let go = (): void => undefined;
    const { panels, pages } = collection(() => new Promise((resolve) => (go = resolve)));
    const opening = panels.open('/slow');
    made[0]?.dispose();
    go();
    await opening;
    assert.deepEqual([panels.page('/slow'), pages[0]?.isDisposed], [undefined, true]);
  });

  test('what cannot be read closes its panel again', async () => {
    const { panels } = collection(() => Promise.reject(new Error('gone')));
    await assert.rejects(panels.open('/gone'), /gone/);
    assert.deepEqual(panels.keys, []);
  });

  test('a panel whose page had saved nothing before the window was reloaded shows what was open under its title', async () => {
    const kept = new Map<string, unknown>();
    const before = collection(undefined, kept);
    await before.panels.open('/old/run');
    await before.panels.open('/new/run');
    await before.panels.open('/closed');
    made[2]?.dispose();
    before.panels.dispose();

    const { panels, pages } = collection(undefined, kept);
    const restore = async (title: string, state: unknown): Promise<readonly string[]> => {
      await panels.deserializeWebviewPanel(new FakePanel(title) as unknown as vscode.WebviewPanel, state);
      return pages.map(({ key }) => key);
    };
    assert.deepEqual(await restore('run', undefined), ['/new/run']);
    assert.deepEqual(await restore('run', '/old/run'), ['/new/run', '/old/run'], 'what the page has saved counts');
    assert.deepEqual(await restore('closed', undefined), ['/new/run', '/old/run'], 'what was closed is not opened again');
  });
});

describe('PageConnection', () => {
  test('tells a page something only while it is there, and what is unchanged only once each time that it comes', () => {
    const panel = new FakePanel();
    let came = 0;
    const page = new PageConnection<{ kind: 'a'; value: number } | { kind: 'b' }, { name: 'ask' }>({
      panel: panel as unknown as vscode.WebviewPanel, extensionUri, page: 'test', strings: {}, requests: z.object({ name: z.literal('ask') }), onReady: () => came++, perform: () => Promise.resolve(), log,
    });
    page.post({ kind: 'b' });
    assert.deepEqual([panel.received, page.isReady], [[], false]);
    panel.messages.fire({ kind: 'ready' });
    for (const value of [1, 1, 2]) page.postIfChanged({ kind: 'a', value });
    page.post({ kind: 'b' });
    page.post({ kind: 'b' });
    assert.deepEqual(panel.received, [{ kind: 'a', value: 1 }, { kind: 'a', value: 2 }, { kind: 'b' }, { kind: 'b' }]);
    panel.setVisible(false);
    page.post({ kind: 'b' });
    assert.deepEqual([panel.received.length, page.isReady], [4, false]);
    panel.setVisible(true);
    panel.messages.fire({ kind: 'ready' });
    page.postIfChanged({ kind: 'a', value: 2 });
    assert.deepEqual([panel.received.at(-1), came], [{ kind: 'a', value: 2 }, 2]);
    page.dispose();
  });
});
