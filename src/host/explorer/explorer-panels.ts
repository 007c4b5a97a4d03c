import * as path from 'node:path';
import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import { panelTypes } from '../../ids';
import type { Figures } from '../../protocol/figures';
import type { ExplorerFocus } from '../../protocol/explorer-page';
import { areas } from '../areas';
import { PanelCollection, type PanelSurroundings } from '../pages/panel-collection';
import type { ExplorerPanel, ExplorerPanelOptions } from './explorer-panel';
import { PhotoLists } from './photo-lists';
import { ThumbnailFolder } from './thumbnail-folder';

/** The dataset explorers, one for a photo folder. */
export class ExplorerPanels extends Disposable {
  private readonly panels: PanelCollection<ExplorerPanel>;
  /** What a panel that is still being made is to show first. */
  private readonly firstFocus = new Map<string, ExplorerFocus>();

  private readonly thumbnails: ThumbnailFolder;
  private readonly lists = new Map<string, PhotoLists>();
  private readonly listsChanged = this.own(new vscode.EventEmitter<string>());
  /** Tells the photo folder whose lists this window has changed. */
  readonly onDidChangeLists = this.listsChanged.event;

  constructor(private readonly options: Omit<ExplorerPanelOptions, 'listsOf' | 'thumbnails'> & PanelSurroundings) {
    super();
    this.thumbnails = this.own(new ThumbnailFolder(options.thumbnailUri.fsPath));
    this.panels = this.own(new PanelCollection({
      type: panelTypes.explorer,
      title: (folder) => vscode.l10n.t('Dataset: {0}', path.basename(folder)),
      icon: 'dataset',
      keyOf: async (state) => (await areas.explorerPage()).parseExplorerState(state)?.folder,
      fill: (panel, folder) => this.fill(panel, folder),
    }, options));
  }

  /** @param folder photo folder @throws UserError when it holds no photos of people */
  async show(folder: string, focus: ExplorerFocus = {}): Promise<void> {
    if (this.of(folder) === undefined) this.firstFocus.set(folder, focus);
    await this.panels.open(folder);
    this.of(folder)?.show(focus);
  }

  /** The explorer of a photo folder, if it is open. */
  of(folder: string): ExplorerPanel | undefined {
    return this.panels.page(folder);
  }

  /** The lists of photos that are left out or checked. */
  listsOf(folder: string): PhotoLists {
    const known = this.lists.get(folder) ?? new PhotoLists(folder, listWords(this.options.figures), () => this.listsChanged.fire(folder));
    this.lists.set(folder, known);
    return known;
  }

  /** The folder of the explorer that is in sight. */
  get visibleFolder(): string | undefined {
    return this.panels.visible?.key;
  }

  private async fill(panel: vscode.WebviewPanel, folder: string): Promise<ExplorerPanel> {
    const { options } = this;
    const { ExplorerPanel, readExplorerContent } = await areas.explorerPage();
    const content = await readExplorerContent(folder, options.choices.get(folder));
    const explorer = new ExplorerPanel(panel, folder, content, this.firstFocus.get(folder), { ...options, thumbnails: this.thumbnails, listsOf: (photos) => this.listsOf(photos) });
    this.firstFocus.delete(folder);
    return explorer;
  }
}

function listWords(figures: Figures): ConstructorParameters<typeof PhotoLists>[1] {
  const { t } = vscode.l10n;
  return {
    heading: t('Left out in the dataset explorer. The photos stay where they are; remove a line to take a photo back.'),
    leaveOut: (photos) => t('Leave Out {0} Photos', figures.count(photos)), takeBack: (photos) => t('Take Back {0} Photos', figures.count(photos)),
    markChecked: (photos) => t('Mark {0} Photos Checked', figures.count(photos)), unmarkChecked: (photos) => t('Mark {0} Photos Not Checked', figures.count(photos)),
  };
}
