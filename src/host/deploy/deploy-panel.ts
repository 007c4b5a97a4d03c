import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import { deployRequestSchema, type DeployMessage, type DeployRequest } from '../../protocol/deploy-panel';
import type { Figures } from '../../protocol/figures';
import type { BoardServices } from '../board/board-services';
import { remoteHint } from '../board/remote-hint';
import { lockedReason } from '../pages/locked-reason';
import { PageConnection } from '../pages/page-connection';
import { photoAddress } from '../photo-address';
import { deployStrings } from './deploy-strings';
import { deployView } from './deploy-view';
import type { DeploySession } from './deploy-session';

/** At most ten views a second go to a page. */
const flushMs = 100;

export interface DeployPanelOptions {
  readonly panel: vscode.WebviewPanel;
  readonly session: DeploySession;
  readonly board: BoardServices;
  readonly extensionUri: vscode.Uri;
  readonly figures: Figures;
  readonly perform: (request: DeployRequest, session: DeploySession) => Promise<void>;
  readonly log: vscode.LogOutputChannel;
}

/** One editor tab for a file on its way to a board. */
export class DeployPanel extends Disposable {
  private readonly page: PageConnection<DeployMessage, DeployRequest>;
  private flushTimer: NodeJS.Timeout | undefined;
  private sentPhoto: string | undefined;

  constructor(private readonly options: DeployPanelOptions) {
    super();
    const { panel, session, board, extensionUri, log } = options;
    this.own(session.onDidChange(() => this.flushSoon()));
    let watching = panel.visible ? board.ports.watch() : undefined;
    this.own({ dispose: () => watching?.dispose() });
    this.own(panel.onDidChangeViewState(() => {
      if (panel.visible) {
        watching ??= board.ports.watch();
        return;
      }
      watching?.dispose();
      watching = undefined;
    }));
    this.own(vscode.workspace.onDidGrantWorkspaceTrust(() => this.flushSoon()));
    this.own({ dispose: () => clearTimeout(this.flushTimer) });
    this.page = this.own(new PageConnection<DeployMessage, DeployRequest>({
      panel, extensionUri, page: 'deploy', strings: deployStrings(), requests: deployRequestSchema, log,
      onReady: () => this.sendAll(),
      perform: (request) => options.perform(request, session),
    }));
  }

  private sendAll(): void {
    this.sentPhoto = undefined;
    this.flush();
  }

  private flushSoon(): void {
    this.flushTimer ??= setTimeout(() => this.flush(), flushMs);
  }

  private flush(): void {
    clearTimeout(this.flushTimer);
    this.flushTimer = undefined;
    if (!this.page.isReady) return;
    const { session, board, figures } = this.options;
    const view = deployView({ session, ports: board.ports, records: board.records, figures, locked: lockedReason(), portHint: remoteHint(board.ports) });
    this.page.postIfChanged({ kind: 'view', view });
    const photo = session.photo?.file;
    if (photo !== this.sentPhoto) void this.sendPhoto(photo);
    this.sentPhoto = photo;
  }

  /** The page may show no file of the disk, so it gets the picture itself. */
  private async sendPhoto(file: string | undefined): Promise<void> {
    this.page.post({ kind: 'photo', source: file === undefined ? undefined : await photoAddress(file).catch(() => undefined) });
  }
}
