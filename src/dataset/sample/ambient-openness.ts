/**
 * How much of the sky each place of a picture sees, guessed from its depth: places that lie deeper than their
 * surroundings are darker. Works on square blocks of pixels; reused from picture to picture.
 */
export class AmbientOpenness {
  private readonly blocks: number;
  private readonly sums: Float64Array;
  private readonly depth: Float32Array;
  private readonly open: Float32Array;

  /**
   * @param sizePixels side of the depth picture
   * @param blockPixels side of a block
   * @param farthest depth that stands for the background
   */
  constructor(
    private readonly sizePixels: number,
    private readonly blockPixels: number,
    private readonly farthest: number,
  ) {
    this.blocks = Math.floor(sizePixels / blockPixels);
    this.sums = new Float64Array((this.blocks + 1) ** 2);
    this.depth = new Float32Array(this.blocks ** 2);
    this.open = new Float32Array(this.blocks ** 2);
  }

  /** One value in 0.25..1 per block, row by row; valid until the next call. */
  of(depth: Float32Array): Float32Array {
    this.sumUp(depth);
    const { blocks, sums, open } = this;
    const radius = Math.max(1, Math.round(blocks * 0.035));
    const stride = blocks + 1;
    for (let y = 0; y < blocks; y++) {
      const top = Math.max(0, y - radius);
      const bottom = Math.min(blocks, y + radius + 1);
      for (let x = 0; x < blocks; x++) {
        const left = Math.max(0, x - radius);
        const right = Math.min(blocks, x + radius + 1);
        const sum = (sums[bottom * stride + right] ?? 0) - (sums[top * stride + right] ?? 0) - (sums[bottom * stride + left] ?? 0) + (sums[top * stride + left] ?? 0);
        const hollow = sum / ((bottom - top) * (right - left)) - (this.depth[y * blocks + x] ?? 0);
        open[y * blocks + x] = Math.min(1, Math.max(0.25, 1 - 1.7 * Math.max(0, hollow - 0.01)));
      }
    }
    return open;
  }

  /** The depth of each block (its nearest sample), and sums over all rectangles from the upper left corner. */
  private sumUp(depth: Float32Array): void {
    const { blocks, blockPixels, sizePixels, sums } = this;
    const stride = blocks + 1;
    for (let y = 0; y < blocks; y++) {
      let row = 0;
      for (let x = 0; x < blocks; x++) {
        const first = y * blockPixels * sizePixels + x * blockPixels;
        const last = first + (blockPixels - 1) * (sizePixels + 1);
        const nearest = Math.max(this.farthest, depth[first] ?? 0, depth[last] ?? 0);
        this.depth[y * blocks + x] = nearest;
        row += nearest;
        sums[(y + 1) * stride + x + 1] = (sums[y * stride + x + 1] ?? 0) + row;
      }
    }
  }
}
