/** One archive of TensorFlow's C library, as its makers publish it. */
export interface OfficialArchive {
  /** Path below the archive address. */
  readonly path: string;
  /** Known SHA-256 of the file; without it only size and the archive's own checks hold. */
  readonly sha256?: string;
}

/** By `<platform>-<architecture>` in Node's words. */
export type OfficialArchives = Readonly<Record<string, OfficialArchive>>;

/** Where TensorFlow's C library for all languages is published (tensorflow.org/install/lang_c). */
export const officialArchiveUrl = 'https://storage.googleapis.com/tensorflow/versions';

/** The newest archive for each platform that has one; Windows got one more patch release than the others. */
export const officialArchives: OfficialArchives = {
  'linux-x64': {
    path: '2.18.0/libtensorflow-cpu-linux-x86_64.tar.gz',
    sha256: '605bfcb370c7e7ec981eabada880f60784e3de018395be95c95c3e5592c3d9a2',
  },
  'darwin-arm64': {
    path: '2.18.0/libtensorflow-cpu-darwin-arm64.tar.gz',
    sha256: '462257d2792730dcb131fcf21bc826192ae5a2c418535f6347d051f10fc8be8a',
  },
  'win32-x64': {
    path: '2.18.1/libtensorflow-cpu-windows-x86_64.zip',
    sha256: '28acdcea6c6b34828cf0e95e67802b0f3577d51bc2e8915de811b7aa0b04452d',
  },
};
