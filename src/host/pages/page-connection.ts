import * as vscode from 'vscode';
import type * as z from 'zod';
import { Disposable } from '../../base/disposable';
import { CancelledError, UserError, errorText } from '../../base/user-error';
import { parsePageMessage, type PageReply, type PageRequest } from '../../protocol/page';
import type { PageStrings } from '../../protocol/page-strings';
import { pageHtml } from './page-html';

export interface PageConnectionOptions<Request extends PageRequest> {
  readonly panel: vscode.WebviewPanel;
  readonly extensionUri: vscode.Uri;
  /** Folder of the page below webview/. */
  readonly page: string;
  /** Title of the document; that of the panel when absent. */
  readonly title?: string;
  readonly strings: PageStrings;
  readonly requests: z.ZodType<Request>;
  /** Folders besides the page's own whose files it may show. */
  readonly resourceRoots?: readonly vscode.Uri[];
  /** The page is there, for the first time or again after it was hidden, and shows nothing yet. */
  readonly onReady: () => void;
  /** @returns the request's result, something that can be cloned */
  readonly perform: (request: Request) => Promise<unknown>;
  readonly log: vscode.LogOutputChannel;
}

/** The host's end of one page: its document, its messages, and an answer to each of its requests. */
export class PageConnection<Message extends { readonly kind: string }, Request extends PageRequest> extends Disposable {
  private ready = false;
  /** What the page was told last, of each kind that is told only when it has changed. */
  private readonly told = new Map<Message['kind'], string>();

  constructor(private readonly options: PageConnectionOptions<Request>) {
    super();
    const { panel, extensionUri, page, resourceRoots = [] } = options;
    const { webview } = panel;
    this.own(webview.onDidReceiveMessage((message: unknown) => void this.receive(message)));
    this.own(panel.onDidChangeViewState(() => {
      // A hidden page is gone; it says `ready` again when it is shown.
      if (!panel.visible) this.ready = false;
    }));
    const dist = vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
    const uriOf = (file: string): string => webview.asWebviewUri(vscode.Uri.joinPath(dist, file)).toString();
    webview.options = { enableScripts: true, localResourceRoots: [dist, ...resourceRoots] };
    webview.html = pageHtml({
      scriptUri: uriOf(`${page}.js`), styleUri: uriOf(`${page}-view.css`), cspSource: webview.cspSource,
      language: vscode.env.language, title: options.title ?? panel.title, strings: options.strings,
    });
  }

  /** Whether the page is there. One that is hidden needs no work done for it: it asks for everything when it is shown again. */
  get isReady(): boolean {
    return this.ready;
  }

  /** Tells the page something; nothing while it is not there. */
  post(message: Message): void {
    if (this.ready) this.send(message);
  }

  /** Tells the page something unless that is what it was told last of this kind. */
  postIfChanged(message: Message): void {
    const text = JSON.stringify(message);
    if (!this.ready || this.told.get(message.kind) === text) return;
    this.told.set(message.kind, text);
    this.send(message);
  }

  private send(message: Message | PageReply): void {
    if (!this.isDisposed) void this.options.panel.webview.postMessage(message);
  }

  private async receive(raw: unknown): Promise<void> {
    const message = parsePageMessage(this.options.requests, raw);
    if (message === undefined) {
      this.options.log.warn(`The page "${this.options.page}" sent a message that is not known: ${JSON.stringify(raw)?.slice(0, 200)}`);
      return;
    }
    if (message.kind === 'ready') {
      this.ready = true;
      this.told.clear();
      this.options.onReady();
    } else await this.answer(message.id, message.request);
  }

  private async answer(id: number, request: Request): Promise<void> {
    try {
      const result = await this.options.perform(request);
      this.send({ kind: 'reply', id, ...(result === undefined ? {} : { result }) });
    } catch (error) {
      if (!(error instanceof CancelledError)) this.options.log.error(error instanceof UserError ? errorText(error) : error instanceof Error ? error : String(error));
      this.send({ kind: 'reply', id, error: error instanceof CancelledError ? '' : errorText(error) });
    }
  }
}
