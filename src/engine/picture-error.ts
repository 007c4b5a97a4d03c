/** A picture of several that cannot be used. */
export class PictureError extends Error {
  /**
   * @param index of the picture among those given
   * @param why what follows its name in a sentence, e.g. "cannot be decoded: ..."
   */
  constructor(readonly index: number, readonly why: string, options?: { cause?: unknown }) {
    super(`Picture ${index} ${why}`, options);
  }
}
