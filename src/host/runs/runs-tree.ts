import * as path from 'node:path';
import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import { commands, itemKinds, runItemMarks } from '../../ids';
import type { Figures } from '../../protocol/figures';
import { headTitle, networkTitle } from '../../protocol/network-title';
import type { ShownState } from '../../protocol/run-health';
import type { ArtifactStore } from '../workspace/artifact-store';
import { buildLineage, type LineageNode, type RunNode } from './lineage';
import { describeRun, entryActions, entryState } from './run-description';
import { isAtWork } from './run-entry';
import { keepFocus } from './run-selection';
import type { StarredRuns } from './starred-runs';

/** Icon and colour by state; the icon's shape alone says it too. */
const stateIcons: Readonly<Record<ShownState, readonly [icon: string, color?: string]>> = {
  waiting: ['circle-large-outline'],
  running: ['circle-filled', 'charts.green'],
  paused: ['debug-pause'],
  stopping: ['clock'],
  finished: ['pass'],
  stopped: ['primitive-square'],
  failed: ['error', 'problemsErrorIcon.foreground'],
  silent: ['warning', 'problemsWarningIcon.foreground'],
  lost: ['error', 'problemsErrorIcon.foreground'],
};

/** Runs by lineage: a run, the steps it was forked at, the forks. */
export class RunsTree extends Disposable implements vscode.TreeDataProvider<LineageNode> {
  private readonly changed = this.own(new vscode.EventEmitter<void>());
  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly store: ArtifactStore, private readonly starred: Pick<StarredRuns, 'has' | 'onDidChange'>, private readonly figures: Figures) {
    super();
    this.own(starred.onDidChange(() => this.changed.fire()));
    this.own(store.onDidChange(() => this.changed.fire()));
  }

  getChildren(node?: LineageNode): LineageNode[] {
    if (node === undefined) return buildLineage(this.store.runs);
    if (node.kind === 'run') return [...node.forks];
    return node.kind === 'fork' ? [...node.runs] : [];
  }

  getTreeItem(node: LineageNode): vscode.TreeItem {
    switch (node.kind) {
      case 'run':
        return this.runItem(node);
      case 'fork': {
        const item = new vscode.TreeItem(vscode.l10n.t('step {0}', this.figures.count(node.step)), vscode.TreeItemCollapsibleState.Expanded);
        item.id = `fork:${node.folder}:${node.step}`;
        item.iconPath = new vscode.ThemeIcon('repo-forked');
        return item;
      }
      case 'broken': {
        const item = new vscode.TreeItem(path.basename(node.entry.folder));
        item.iconPath = new vscode.ThemeIcon('error', new vscode.ThemeColor('problemsErrorIcon.foreground'));
        item.contextValue = itemKinds.brokenRun;
        item.description = vscode.l10n.t('run.json unreadable');
        item.tooltip = `${node.entry.folder}: ${node.entry.reason}`;
        return item;
      }
    }
  }

  private runItem({ entry, forks }: RunNode): vscode.TreeItem {
    const { Expanded, None } = vscode.TreeItemCollapsibleState;
    const name = path.basename(entry.folder);
    const item = new vscode.TreeItem(name, forks.length > 0 ? Expanded : None);
    const state = entryState(entry);
    const [icon, color] = stateIcons[state];
    // With another id the editor opens a run that got its first fork; with the same one it would stay closed.
    item.id = `run:${forks.length > 0 ? 'parent' : 'single'}:${entry.folder}`;
    item.iconPath = new vscode.ThemeIcon(icon, color === undefined ? undefined : new vscode.ThemeColor(color));
    const isStarred = this.starred.has(entry.folder);
    item.description = `${isStarred ? '★ ' : ''}${describeRun(entry, this.figures)}`;
    const marks = [isStarred ? runItemMarks.starred : runItemMarks.plain, ...(isAtWork(entry) ? [] : [runItemMarks.atRest])];
    item.contextValue = [itemKinds.run, ...marks, ...entryActions(entry).map((action) => action.name)].join('.');
    item.tooltip = this.tooltip(name, entry);
    item.command = { command: commands.openRun, title: vscode.l10n.t('Open Run'), arguments: [entry.folder, keepFocus] };
    return item;
  }

  private tooltip(name: string, { record }: RunNode['entry']): vscode.MarkdownString {
    const facts = vscode.l10n.t('{0}, {1}, {2} people', networkTitle(record.network), headTitle(record.head), this.figures.count(record.identities));
    const origin = record.parent ? `\n\n${vscode.l10n.t('Forked from {0} at step {1}', record.parent.name, this.figures.count(record.parent.step))}` : '';
    const failure = record.failure === undefined ? '' : `\n\n${record.failure}`;
    return new vscode.MarkdownString(`**${name}**\n\n${facts}${origin}${failure}`);
  }
}
