import * as vscode from 'vscode';
import type * as z from 'zod';
import { Disposable } from '../../base/disposable';
import { CancelledError, UserError, errorText } from '../../base/user-error';
import { parsePageMessage, type PageReply, type PageRequest } from '../../protocol/page';
import type { PageStrings } from '../../protocol/page-strings';
import { pageHtml } from './page-html';

export interface PageConnectionOptions<Request extends PageRequest> {
  readonly webview: vscode.Webview;
  readonly extensionUri: vscode.Uri;
  /** Folder of the page below webview/. */
  readonly page: string;
  readonly title: string;
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
  constructor(private readonly options: PageConnectionOptions<Request>) {
    super();
    const { webview, extensionUri, page, resourceRoots = [] } = options;
    this.own(webview.onDidReceiveMessage((message: unknown) => void this.receive(message)));
    const dist = vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
    const uriOf = (file: string): string => webview.asWebviewUri(vscode.Uri.joinPath(dist, file)).toString();
    webview.options = { enableScripts: true, localResourceRoots: [dist, ...resourceRoots] };
    webview.html = pageHtml({
      scriptUri: uriOf(`${page}.js`), styleUri: uriOf(`${page}-view.css`), cspSource: webview.cspSource,
      language: vscode.env.language, title: options.title, strings: options.strings,
    });
  }

  post(message: Message): void {
    this.send(message);
  }

  private send(message: Message | PageReply): void {
    if (!this.isDisposed) void this.options.webview.postMessage(message);
  }

  private async receive(raw: unknown): Promise<void> {
    const message = parsePageMessage(this.options.requests, raw);
    if (message === undefined) {
      this.options.log.warn(`The page "${this.options.page}" sent a message that is not known: ${JSON.stringify(raw)?.slice(0, 200)}`);
      return;
    }
    if (message.kind === 'ready') this.options.onReady();
    else await this.answer(message.id, message.request);
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
