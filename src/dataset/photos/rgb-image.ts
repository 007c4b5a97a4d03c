/** A picture in memory: 8-bit RGB, rows from the top, no padding. `data` has width * height * 3 bytes. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}
