import type { FivePoints } from '../align';

/** Where photos of labelled people come from, whatever form it has on disk. */
export interface PhotoSource {
  readonly kind: 'folders' | 'lfw' | 'list';
  /** Folder that all paths of photos are relative to. */
  readonly root: string;
  /** Every identity has at least one photo. */
  readonly identities: readonly SourceIdentity[];
  readonly photoCount: number;
  /** Known landmarks in pixels of the upright photo, by path of the photo. */
  readonly landmarks: ReadonlyMap<string, FivePoints>;
  /** A pair list that belongs to the photos (LFW's pairs.txt), if one lies beside them. */
  readonly pairsFile: string | undefined;
  /** What was left out, in words, each with the name of a file, folder or line. */
  readonly remarks: readonly string[];
}

export interface SourceIdentity {
  readonly name: string;
  /** Number that the source gives the identity; otherwise its place in the list of identities. */
  readonly label: number;
  /** Paths relative to the root, with "/". */
  readonly photos: readonly string[];
}
