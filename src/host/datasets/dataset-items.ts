import * as path from 'node:path';
import * as vscode from 'vscode';
import { commands, itemKinds } from '../../ids';
import type { Figures } from '../../protocol/figures';
import { bucketTitle } from './bucket-words';
import type { BrokenDatasetEntry, DatasetEntry, PhotoFolderEntry } from './dataset-entries';
import type { BucketNode, DatasetNode, FindingNode, FindingsNode, PersonNode, PhotoNode } from './dataset-nodes';
import { photoUri } from './photo-decorations';

/** How the nodes of the Dataset view look. */
export class DatasetItems {
  constructor(private readonly figures: Figures) {}

  of(node: DatasetNode): vscode.TreeItem {
    switch (node.kind) {
      case 'photos':
        return this.photosItem(node);
      case 'dataset':
        return this.datasetItem(node);
      case 'broken':
        return brokenItem(node);
      case 'findings':
        return this.findingsItem(node);
      case 'finding':
        return findingItem(node);
      case 'bucket':
        return this.bucketItem(node);
      case 'person':
        return this.personItem(node);
      case 'photo':
        return photoItem(node);
    }
  }

  private photosItem({ folder, people, photos, isPartial }: PhotoFolderEntry): vscode.TreeItem {
    const item = folderItem(folder, itemKinds.photos, 'organization');
    const count = isPartial ? vscode.l10n.t('more than {0}', this.figures.count(people.length)) : this.figures.count(people.length);
    item.description = vscode.l10n.t('{0} people, {1} photos', count, this.figures.count(photos));
    item.tooltip = new vscode.MarkdownString(vscode.l10n.t('Photos of {0} people in `{1}`. They are only read, never changed.', count, folder));
    return item;
  }

  private datasetItem({ folder, record }: DatasetEntry): vscode.TreeItem {
    const item = folderItem(folder, itemKinds.dataset, 'save');
    const heldOut = record.identities.filter((person) => person.heldOut).length;
    const size = `${record.imageSize} × ${record.imageSize}`;
    item.description = vscode.l10n.t('prepared, {0} crops', this.figures.count(record.images));
    item.tooltip = new vscode.MarkdownString(vscode.l10n.t(
      'Prepared: {0} crops of {1}; {2} people train, {3} are held out to verify.',
      this.figures.count(record.images), size, this.figures.count(record.identities.length - heldOut), this.figures.count(heldOut),
    ));
    return item;
  }

  private findingsItem({ folder, findings }: FindingsNode): vscode.TreeItem {
    const item = new vscode.TreeItem(vscode.l10n.t('Findings'), vscode.TreeItemCollapsibleState.Collapsed);
    item.id = `findings:${folder}`;
    item.iconPath = new vscode.ThemeIcon('warning', new vscode.ThemeColor('problemsWarningIcon.foreground'));
    const photos = new Set(findings.flatMap((finding) => finding.photos)).size;
    item.description = vscode.l10n.t('{0} photos, {1} kinds', this.figures.count(photos), this.figures.count(findings.length));
    item.tooltip = new vscode.MarkdownString(vscode.l10n.t('What the check and the last preparation found and nobody has decided about yet.'));
    return item;
  }

  private bucketItem({ folder, rule, people, photos, facts }: BucketNode): vscode.TreeItem {
    const item = new vscode.TreeItem(bucketTitle(rule, this.figures), vscode.TreeItemCollapsibleState.Collapsed);
    item.id = `bucket:${folder}:${rule.above}`;
    item.iconPath = new vscode.ThemeIcon(rule.drop === true ? 'circle-slash' : 'layers');
    item.description = this.figures.count(people.length);
    item.tooltip = new vscode.MarkdownString(vscode.l10n.t('{0} people with {1} photos, by the policy {2}.', this.figures.count(people.length), this.figures.count(photos), path.basename(facts.policy.name)));
    return item;
  }

  private personItem({ person, folder, facts, focus }: PersonNode): vscode.TreeItem {
    const { name, images } = person;
    const heldOut = person.heldOut || facts?.heldOut.has(name) === true;
    const leftOut = facts?.leftOutOf.get(name) ?? 0;
    const item = new vscode.TreeItem(name, folder === undefined ? vscode.TreeItemCollapsibleState.None : vscode.TreeItemCollapsibleState.Collapsed);
    item.contextValue = itemKinds.person;
    item.iconPath = new vscode.ThemeIcon(heldOut ? 'eye' : 'person');
    const count = this.figures.count(images);
    item.description = [heldOut ? vscode.l10n.t('{0}, held out', count) : count, ...(leftOut > 0 ? [vscode.l10n.t('{0} left out', this.figures.count(leftOut))] : [])].join(', ');
    if (folder === undefined) return item;
    item.id = `person:${folder}:${name}`;
    item.resourceUri = photoUri(path.join(folder, name));
    item.tooltip = new vscode.MarkdownString(vscode.l10n.t('{0}: {1} photos', `**${escapeMarkdown(name)}**`, count));
    item.command = { command: commands.exploreDataset, title: vscode.l10n.t('Open Dataset Explorer'), arguments: [{ folder, focus }] };
    return item;
  }
}

function findingItem({ folder, finding, focus }: FindingNode): vscode.TreeItem {
  const item = new vscode.TreeItem(finding.title);
  item.id = `finding:${folder}:${finding.id}`;
  item.contextValue = itemKinds.finding;
  item.iconPath = new vscode.ThemeIcon(finding.icon);
  item.description = finding.description;
  item.command = { command: commands.exploreDataset, title: vscode.l10n.t('Open Dataset Explorer'), arguments: [{ folder, focus }] };
  return item;
}

function photoItem({ folder, photo, facts, focus }: PhotoNode): vscode.TreeItem {
  const item = new vscode.TreeItem(photo.slice(photo.indexOf('/') + 1));
  item.id = `photo:${folder}:${photo}`;
  item.contextValue = itemKinds.photo;
  item.iconPath = new vscode.ThemeIcon('file-media');
  item.resourceUri = photoUri(path.join(folder, photo));
  if (facts.leftOut.has(photo)) item.description = vscode.l10n.t('left out');
  else if (facts.checked.has(photo)) item.description = vscode.l10n.t('checked');
  item.command = { command: commands.exploreDataset, title: vscode.l10n.t('Open Dataset Explorer'), arguments: [{ folder, focus }] };
  return item;
}

function folderItem(folder: string, kind: string, icon: string): vscode.TreeItem {
  const item = new vscode.TreeItem(path.basename(folder), vscode.TreeItemCollapsibleState.Collapsed);
  item.id = `${kind}:${folder}`;
  item.contextValue = kind;
  item.iconPath = new vscode.ThemeIcon(icon);
  return item;
}

function brokenItem({ folder, reason }: BrokenDatasetEntry): vscode.TreeItem {
  const item = new vscode.TreeItem(path.basename(folder));
  item.iconPath = new vscode.ThemeIcon('error', new vscode.ThemeColor('problemsErrorIcon.foreground'));
  item.description = reason;
  item.tooltip = `${folder}: ${reason}`;
  return item;
}

function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-.!|<>~]/g, '\\$&');
}
