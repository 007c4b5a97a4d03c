/** Sums per pixel: whole numbers; of 8-bit weights they fit 32 bits, of 16-bit weights only a double. */
export type Sums = Int32Array | Float64Array;

/** Rows of weights that share one pass over the planes. */
const rowsAtOnce = 4;

/**
 * Products of planes with rows of weights: sums[p] = sum over planes of plane[p] * weight.
 * @param planes [count][pixels]
 * @param weights [rows][count]
 * @param use called with each row's sums, in order; the array is used again afterwards
 */
export function planeProducts(planes: Uint8Array, pixels: number, weights: Uint8Array | Uint16Array, rows: number, use: (row: number, sums: Sums) => void): void {
  const count = weights.length / rows;
  const newSums = (): Sums => (weights instanceof Uint8Array ? new Int32Array(pixels) : new Float64Array(pixels));
  const [a, b, c, d] = [newSums(), newSums(), newSums(), newSums()] as const;
  let row = 0;
  for (; row + rowsAtOnce <= rows; row += rowsAtOnce) {
    for (const sums of [a, b, c, d]) sums.fill(0);
    addFourRows(planes, pixels, weights, row * count, count, a, b, c, d);
    [a, b, c, d].forEach((sums, i) => use(row + i, sums));
  }
  for (; row < rows; row++) {
    a.fill(0);
    addRow(planes, pixels, weights, row * count, count, a);
    use(row, a);
  }
}

function addFourRows(planes: Uint8Array, pixels: number, weights: ArrayLike<number>, first: number, count: number, a: Sums, b: Sums, c: Sums, d: Sums): void {
  for (let plane = 0; plane < count; plane += 2) {
    const isPair = plane + 1 < count;
    const at = first + plane;
    const [wa, wb, wc, wd] = [weights[at] as number, weights[at + count] as number, weights[at + 2 * count] as number, weights[at + 3 * count] as number];
    const va = isPair ? (weights[at + 1] as number) : 0;
    const vb = isPair ? (weights[at + count + 1] as number) : 0;
    const vc = isPair ? (weights[at + 2 * count + 1] as number) : 0;
    const vd = isPair ? (weights[at + 3 * count + 1] as number) : 0;
    // Weights of zero cancel the second plane where there is none.
    const x = plane * pixels;
    const y = isPair ? x + pixels : x;
    for (let p = 0; p < pixels; p++) {
      const xp = planes[x + p] as number;
      const yp = planes[y + p] as number;
      a[p] = (a[p] as number) + xp * wa + yp * va;
      b[p] = (b[p] as number) + xp * wb + yp * vb;
      c[p] = (c[p] as number) + xp * wc + yp * vc;
      d[p] = (d[p] as number) + xp * wd + yp * vd;
    }
  }
}

function addRow(planes: Uint8Array, pixels: number, weights: ArrayLike<number>, first: number, count: number, sums: Sums): void {
  for (let plane = 0; plane < count; plane++) {
    const weight = weights[first + plane] as number;
    const start = plane * pixels;
    for (let p = 0; p < pixels; p++) sums[p] = (sums[p] as number) + (planes[start + p] as number) * weight;
  }
}

/** Sum of all planes, per pixel. */
export function sumPlanes(planes: Uint8Array, pixels: number): Int32Array {
  const sums = new Int32Array(pixels);
  for (let start = 0; start < planes.length; start += pixels) {
    for (let p = 0; p < pixels; p++) sums[p] = (sums[p] as number) + (planes[start + p] as number);
  }
  return sums;
}
