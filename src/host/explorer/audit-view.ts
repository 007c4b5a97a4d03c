import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { auditReportSchema, type AuditReport } from '../../dataset/audit/audit-artifact';
import { copyReason, outlierReason } from '../../dataset/audit/leave-out-proposal';
import { prepareReportSchema } from '../../dataset/dataset-artifact';
import { reportFileName } from '../../dataset/artifact-names';
import type { AuditView, CopyGroupView, FacelessView } from '../../protocol/explorer-page';

/** The audit of a photo folder; undefined when there is none, it is that of another folder, or it cannot be read. */
export async function readAudit(file: string, photos: string): Promise<AuditReport | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const report = auditReportSchema.safeParse(JSON.parse(text)).data;
    return report && path.resolve(report.data.path) === path.resolve(photos) ? report : undefined;
  } catch {
    // A report that an older version left half written is made anew by the next audit.
    return undefined;
  }
}

export function auditView(report: AuditReport): AuditView {
  return {
    createdAt: report.createdAt,
    ...(report.judge ? { judge: report.judge.title } : {}),
    copies: report.duplicates.map(groupView),
    outliers: report.labelOutliers.map((outlier) => ({
      photo: outlier.photo, person: outlier.person, likenessToPerson: outlier.likenessToPerson, medianLikeness: outlier.medianLikeness,
      ...(outlier.other ? { other: outlier.other } : {}), reason: outlierReason(outlier),
    })),
    samePerson: report.samePerson.map(({ people, likeness }) => ({ people, likeness })),
  };
}

function groupView(group: AuditReport['duplicates'][number]): CopyGroupView {
  const photos = group.photos.map((photo) => ({
    photo: photo.photo, person: photo.person, widthPixels: photo.widthPixels, heightPixels: photo.heightPixels, sizeBytes: photo.sizeBytes, sharpness: photo.sharpness,
    keep: photo.keep, reason: copyReason(photo, group), ...(photo.likenessToPerson === undefined ? {} : { likenessToPerson: photo.likenessToPerson }),
  }));
  return { kind: group.kind, people: group.people, photos };
}

const facelessReasons: ReadonlySet<string> = new Set<FacelessView['kind']>(['no-face', 'several-faces', 'too-small', 'poor-quality', 'unreadable']);

/** Photos without a crop, each once, by the audit and by the last preparation. @param dataset folder of the prepared dataset, if there is one */
export async function readFaceless(report: AuditReport | undefined, dataset: string | undefined): Promise<FacelessView[]> {
  const found = new Map<string, FacelessView>();
  for (const view of await droppedPhotos(dataset)) found.set(view.photo, view);
  for (const photo of report?.withoutFace ?? []) if (!found.has(photo)) found.set(photo, { photo, kind: 'no-face' });
  for (const photo of report?.blank ?? []) found.set(photo, { photo, kind: 'blank' });
  for (const { photo, detail } of report?.unreadable ?? []) found.set(photo, { photo, kind: 'unreadable', detail });
  return [...found.values()];
}

async function droppedPhotos(dataset: string | undefined): Promise<FacelessView[]> {
  if (dataset === undefined) return [];
  try {
    const report = prepareReportSchema.safeParse(JSON.parse(await readFile(path.join(dataset, reportFileName), 'utf8'))).data;
    return (report?.dropped ?? []).filter(({ reason }) => facelessReasons.has(reason))
      .map(({ photo, reason, detail }) => ({ photo, kind: reason as FacelessView['kind'], ...(detail === undefined ? {} : { detail }) }));
  } catch {
    // A dataset is usable without its report.
    return [];
  }
}
