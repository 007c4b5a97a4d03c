import type { PolicyBucket } from '../../dataset/policy/policy-buckets';
import type { ExplorerFocus } from '../../protocol/explorer-page';
import type { BrokenDatasetEntry, DatasetEntry, PersonEntry, PhotoFolderEntry } from './dataset-entries';
import type { FolderFacts } from './folder-facts';
import type { FindingKind } from './photo-findings';

/** All findings of a photo folder. */
export interface FindingsNode {
  readonly kind: 'findings';
  readonly folder: string;
  readonly findings: readonly FindingKind[];
}

export interface FindingNode {
  readonly kind: 'finding';
  readonly folder: string;
  readonly finding: FindingKind;
  readonly focus: ExplorerFocus;
}

/** People to whom one rule of the policy applies. */
export interface BucketNode {
  readonly kind: 'bucket';
  readonly folder: string;
  readonly rule: PolicyBucket['rule'];
  readonly photos: number;
  readonly people: readonly PersonEntry[];
  readonly facts: FolderFacts;
}

/** `folder`: the photo folder; absent for a person of a prepared dataset. */
export interface PersonNode {
  readonly kind: 'person';
  readonly person: PersonEntry;
  readonly folder?: string;
  readonly facts?: FolderFacts;
  readonly focus?: ExplorerFocus;
}

export interface PhotoNode {
  readonly kind: 'photo';
  readonly folder: string;
  /** "person/file" */
  readonly photo: string;
  readonly facts: FolderFacts;
  readonly focus: ExplorerFocus;
}

export type DatasetNode = PhotoFolderEntry | DatasetEntry | BrokenDatasetEntry | FindingsNode | FindingNode | BucketNode | PersonNode | PhotoNode;
