/** A file that its makers or a well-known copy offer to the public. */
export interface PublicFile {
  /** Addresses that give the same file, in the order to try. */
  readonly urls: readonly string[];
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** A set of photos that can be fetched with `dataset download`. */
export interface PublicPhotoSet {
  readonly title: string;
  /** Who may use it for what, shown before the download. */
  readonly terms: string;
  /** Gzipped tar of `<folder>/<identity>/<photo>`. */
  readonly archive: PublicFile;
  /** Verification pairs. */
  readonly pairs: PublicFile;
  /** What the archive holds. */
  readonly identities: number;
  readonly photos: number;
  /** Upper estimate of the unpacked photos on disk. */
  readonly unpackedBytes: number;
}

/** Labeled Faces in the Wild (Huang, Ramesh, Berg, Learned-Miller, 2007): its own address, and the copy that scikit-learn uses. */
const lfw: PublicPhotoSet = {
  title: 'Labeled Faces in the Wild',
  terms: 'for research; the photos belong to their owners',
  archive: {
    urls: ['https://ndownloader.figshare.com/files/5976018', 'http://vis-www.cs.umass.edu/lfw/lfw.tgz'],
    sha256: '055f7d9c632d7370e6fb4afc7468d40f970c34a80d4c6f50ffec63f5a8d536c0',
    sizeBytes: 180_566_744,
  },
  pairs: {
    urls: ['https://ndownloader.figshare.com/files/5976006', 'http://vis-www.cs.umass.edu/lfw/pairs.txt'],
    sha256: 'ea42330c62c92989f9d7c03237ed5d591365e89b3e649747777b70e692dc1592',
    sizeBytes: 155_335,
  },
  identities: 5749,
  photos: 13_233,
  unpackedBytes: 230_000_000,
};

export const publicPhotoSets: Readonly<Record<string, PublicPhotoSet>> = { lfw };
