/** What the kmodel commands need of other stages; `cli.ts` fits it together. Every member may throw a UserError. */
export interface KmodelDependencies {
  /** Reads a photo as upright RGB [height, width, 3], resized to cover the frame and cut at its centre. */
  readPhoto(photo: string, width: number, height: number): Promise<Uint8Array>;
  /** Finds the face and cuts it as the template says (undefined: arcface-112): RGB [size, size, 3]; undefined when there is no face. */
  alignPhoto(photo: string, size: number, template: string | undefined): Promise<Uint8Array | undefined>;
}
