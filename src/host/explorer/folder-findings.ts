import type { AuditReport } from '../../dataset/audit/audit-artifact';
import type { FacelessView, SplitView } from '../../protocol/explorer-page';
import { placesOf } from '../datasets/dataset-places';
import type { PrepareChoices } from '../datasets/prepare-choices';
import { readAudit, readFaceless } from './audit-view';
import { readSplit } from './read-split';

/** What checks and preparations have found in a photo folder. */
export interface FolderFindings {
  readonly report: AuditReport | undefined;
  readonly faceless: readonly FacelessView[];
  readonly split: SplitView;
}

export async function readFindings(photos: string, choices: PrepareChoices): Promise<FolderFindings> {
  const places = placesOf(photos);
  const report = places && (await readAudit(places.audit, photos));
  return { report, faceless: await readFaceless(report, places?.dataset), split: await readSplit(places?.dataset, choices) };
}
