/** What the kmodel commands need of other stages; `cli.ts` fits it together. Every member may throw a UserError. */
export interface KmodelDependencies {
  /** Reads a photo as upright RGB [height, width, 3], resized to cover the frame and cut at its centre. */
  readPhoto(photo: string, width: number, height: number): Promise<Uint8Array>;
  /** Finds the face and aligns it: RGB [size, size, 3]; undefined when there is no face. */
  alignPhoto(photo: string, size: number): Promise<Uint8Array | undefined>;
}
