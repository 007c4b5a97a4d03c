import * as vscode from 'vscode';
import { Disposable } from '../../base/disposable';
import { itemKinds } from '../../ids';
import type { Figures } from '../../protocol/figures';
import { flashAddressText } from '../../protocol/flash-address';
import type { PortEntry } from './board-ports';
import type { BoardRecord } from './board-record-schema';
import type { BoardServices } from './board-services';
import { boardName, portDetails, portName } from './port-words';

/** A board that shows two ports, or one port. */
export type BoardNode =
  | { readonly kind: 'pair'; readonly ports: readonly PortEntry[] }
  | { readonly kind: 'port'; readonly entry: PortEntry; readonly inPair: boolean }
  | { readonly kind: 'fact'; readonly id: string; readonly label: string; readonly description: string; readonly icon: string; readonly color?: string; readonly tooltip?: string };

/** Boards that are plugged in, and below a known one what is on it. */
export class BoardTree extends Disposable implements vscode.TreeDataProvider<BoardNode> {
  private readonly changed = this.own(new vscode.EventEmitter<void>());
  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly board: BoardServices, private readonly figures: Figures) {
    super();
    for (const part of [board.ports, board.records, board.monitors]) this.own(part.onDidChange(() => this.changed.fire()));
  }

  getChildren(node?: BoardNode): BoardNode[] {
    if (node === undefined) return boardNodes(this.board.ports.entries);
    if (node.kind === 'pair') return node.ports.map((entry) => ({ kind: 'port', entry, inPair: true }));
    return node.kind === 'port' ? this.facts(node.entry) : [];
  }

  getTreeItem(node: BoardNode): vscode.TreeItem {
    switch (node.kind) {
      case 'pair': return this.pairItem(node.ports);
      case 'port': return this.portItem(node.entry, node.inPair);
      case 'fact': return factItem(node);
    }
  }

  private pairItem(ports: readonly PortEntry[]): vscode.TreeItem {
    const [first] = ports;
    const item = new vscode.TreeItem(first === undefined ? '' : boardName(first, this.recordOf(first)), vscode.TreeItemCollapsibleState.Expanded);
    item.id = `pair:${ports.map(({ path }) => path).join()}`;
    item.iconPath = new vscode.ThemeIcon('chip');
    item.description = vscode.l10n.t('{0} ports, {1}', ports.length, first?.port?.chip?.chip ?? '');
    item.tooltip = new vscode.MarkdownString(vscode.l10n.t('One board with two ports; one of them leads to the K210.'));
    return item;
  }

  private portItem(entry: PortEntry, inPair: boolean): vscode.TreeItem {
    const record = this.recordOf(entry);
    const { Expanded, None } = vscode.TreeItemCollapsibleState;
    const hasFacts = this.facts(entry).length > 0;
    const name = inPair ? vscode.l10n.t('Port {0}', entry.port?.position ?? '') : boardName(entry, record);
    const item = new vscode.TreeItem(name, hasFacts ? Expanded : None);
    // With another id the editor opens a board that got its first fact; with the same one it would stay closed.
    item.id = `port:${hasFacts ? 'known' : 'new'}:${entry.path}`;
    item.description = this.description(entry);
    item.iconPath = iconOf(entry, record);
    item.contextValue = entry.permission.kind === 'denied' ? itemKinds.deniedPort : entry.kind === 'virtual' ? itemKinds.virtualBoard : entry.kind === 'other' ? itemKinds.otherPort : itemKinds.board;
    const likely = entry.port?.chip?.likelyBoards;
    item.tooltip = new vscode.MarkdownString([
      `**${name}**`, `${entry.path}: ${portDetails(entry, record)}`, ...(likely === undefined ? [] : [vscode.l10n.t('Boards with this chip: {0}', likely)]),
    ].join('\n\n'));
    return item;
  }

  private description(entry: PortEntry): string {
    const where = entry.kind === 'virtual' ? vscode.l10n.t('running') : portName(entry.path);
    if (entry.permission.kind === 'denied') return vscode.l10n.t('{0}, permission denied', where);
    if (entry.permission.kind === 'missing') return vscode.l10n.t('{0}, not there', where);
    const chip = entry.port?.chip?.chip;
    const isChosen = entry.path === this.board.ports.chosen;
    return [where, chip, isChosen ? vscode.l10n.t('chosen') : undefined].filter((part) => part !== undefined).join(', ');
  }

  private facts(entry: PortEntry): BoardNode[] {
    const { t } = vscode.l10n;
    const { identity, last } = this.recordOf(entry);
    const facts: BoardNode[] = [];
    const id = (name: string): string => `fact:${name}:${entry.path}`;
    if (identity !== undefined) {
      const end = identity.firmwareEnd;
      facts.push({
        kind: 'fact', id: id('firmware'), icon: end === undefined ? 'circle-slash' : 'pass', ...(end === undefined ? {} : { color: 'charts.green' }),
        label: identity.firmware ?? (end === undefined ? t('No firmware') : t('Firmware')),
        description: end === undefined ? t('flash {0}', this.figures.binaryBytesText(identity.flashBytes)) : t('{0} of flash {1}', this.figures.binaryBytesText(end), this.figures.binaryBytesText(identity.flashBytes)),
      });
    }
    if (last !== undefined) {
      const place = typeof last.place === 'number' ? flashAddressText(last.place) : last.place;
      const at = new Date(last.at);
      facts.push({
        kind: 'fact', id: id('model'), icon: 'layers', label: last.model, description: t('{0}, {1}, {2}', place, last.verified ? t('verified') : t('not verified'), this.figures.binaryBytesText(last.bytes)),
        tooltip: t('Deployed on {0} from this workspace.', at.toLocaleString(vscode.env.language)),
      });
    }
    const monitor = this.board.monitors.stateOf(entry.path);
    if (monitor === 'open' || monitor === 'lent') {
      facts.push({ kind: 'fact', id: id('monitor'), icon: 'terminal', label: t('Serial monitor'), description: monitor === 'open' ? t('listening') : t('lent') });
    }
    return facts;
  }

  private recordOf({ key }: PortEntry): BoardRecord {
    return this.board.records.of(key);
  }
}

/** Ports of one board are put together. */
export function boardNodes(entries: readonly PortEntry[]): BoardNode[] {
  return entries.flatMap((entry): BoardNode[] => {
    const other = entries.find(({ path }) => path === entry.port?.otherPath);
    if (other === undefined) return [{ kind: 'port', entry, inPair: false }];
    return entry.port?.position === 1 ? [{ kind: 'pair', ports: [entry, other] }] : [];
  });
}

function iconOf({ kind, permission, port }: PortEntry, { identity }: BoardRecord): vscode.ThemeIcon {
  if (permission.kind === 'denied') return new vscode.ThemeIcon('lock', new vscode.ThemeColor('problemsWarningIcon.foreground'));
  if (permission.kind === 'missing') return new vscode.ThemeIcon('debug-disconnect');
  if (kind === 'virtual') return new vscode.ThemeIcon('vm');
  return new vscode.ThemeIcon(identity === undefined && port?.chip === undefined ? 'plug' : 'chip');
}

function factItem({ id, label, description, icon, color, tooltip }: Extract<BoardNode, { kind: 'fact' }>): vscode.TreeItem {
  const item = new vscode.TreeItem(label);
  item.id = id;
  item.description = description;
  item.iconPath = new vscode.ThemeIcon(icon, color === undefined ? undefined : new vscode.ThemeColor(color));
  if (tooltip !== undefined) item.tooltip = tooltip;
  return item;
}
