import * as vscode from 'vscode';
import type { AuditReport } from '../../dataset/audit/audit-artifact';
import type { ExplorerTab } from '../../protocol/explorer-tabs';
import type { FacelessView } from '../../protocol/explorer-page';
import type { Figures } from '../../protocol/figures';

/** Findings of one kind that somebody still has to decide about. */
export interface FindingKind {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly icon: string;
  readonly tab: ExplorerTab;
  readonly photos: readonly string[];
  /** Groups of photos that belong together; as many as photos where each stands alone. */
  readonly groups: number;
}

/** What the audit and the last preparation found, by kind, gravest first. @param isDecided photos that were left out or checked since */
export function findingKinds(report: AuditReport | undefined, faceless: readonly FacelessView[], isDecided: (photo: string) => boolean, figures: Figures): FindingKind[] {
  const { t } = vscode.l10n;
  const copies = (kind: AuditReport['duplicates'][number]['kind'], title: string, icon: string): FindingKind => {
    const groups = (report?.duplicates ?? []).filter((group) => group.kind === kind).map(({ photos }) => photos.map(({ photo }) => photo).filter((photo) => !isDecided(photo))).filter((photos) => photos.length > 1);
    const photos = groups.flat();
    return { id: kind, title, icon, tab: 'duplicates', photos, groups: groups.length, description: t('{0} photos, {1} groups', figures.count(photos.length), figures.count(groups.length)) };
  };
  const single = (id: string, title: string, icon: string, tab: ExplorerTab, all: readonly string[]): FindingKind => {
    const photos = all.filter((photo) => !isDecided(photo));
    return { id, title, icon, tab, photos, groups: photos.length, description: figures.count(photos.length) };
  };
  const without = (kind: FacelessView['kind'], title: string, icon: string): FindingKind => single(kind, title, icon, 'faceless', faceless.filter((view) => view.kind === kind).map(({ photo }) => photo));
  return [
    copies('two-people', t('Filed under two people'), 'error'),
    single('outlier', t('Likely wrong person'), 'eye', 'outliers', (report?.labelOutliers ?? []).map(({ photo }) => photo)),
    copies('exact', t('Exact duplicates'), 'files'),
    copies('near', t('Near-duplicates'), 'file-media'),
    without('no-face', t('No face found'), 'circle-slash'),
    without('several-faces', t('Several faces'), 'organization'),
    without('too-small', t('Face too small'), 'zoom-out'),
    without('poor-quality', t('Poor quality'), 'warning'),
    without('unreadable', t('Unreadable'), 'error'),
    without('blank', t('One colour only'), 'primitive-square'),
  ].filter(({ photos }) => photos.length > 0);
}
