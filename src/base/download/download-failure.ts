/** Why a file could not be fetched or unpacked, in one line without an address's password. */
export class DownloadFailure extends Error {
  override readonly name: string = 'DownloadFailure';
}
