/** Pooling of the KPU on the bytes that the activation made (design document "k210-kmodel", section 3.3). */

type Window = (bytes: Uint8Array, start: number, width: number) => number;

/** Takes one pixel of each window, in its first row, or a value of all its pixels. */
type PoolType = { readonly stride: 2 | 4; readonly column: 0 | 1 } | { readonly stride: 1 | 2 | 4; readonly valueOf: Window };

function meanOf(side: number): Window {
  return (bytes, start, width) => {
    let sum = 0;
    for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) sum += bytes[start + y * width + x] as number;
    return Math.floor(sum / (side * side));
  };
}

function maximumOf(side: number): Window {
  return (bytes, start, width) => {
    let most = 0;
    for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) most = Math.max(most, bytes[start + y * width + x] as number);
    return most;
  };
}

/** By the number in the register; 0 is no pooling. */
const poolTypes: readonly (PoolType | undefined)[] = [
  undefined,
  { stride: 2, valueOf: maximumOf(2) },
  { stride: 2, valueOf: meanOf(2) },
  { stride: 4, valueOf: maximumOf(4) },
  { stride: 4, valueOf: meanOf(4) },
  { stride: 2, column: 0 },
  { stride: 2, column: 1 },
  { stride: 4, column: 0 },
  { stride: 1, valueOf: meanOf(2) },
  { stride: 1, valueOf: maximumOf(2) },
];

/** Which pixel of each window the pool takes; undefined when its values are of whole windows, or it is no pool. */
export function pickOf(type: number): { readonly stride: number; readonly column: number } | undefined {
  const pool = poolTypes[type];
  return pool && 'column' in pool ? pool : undefined;
}

export function isPoolType(type: number): boolean {
  return type >= 0 && type < poolTypes.length;
}

/** Output size of a pooled side: a last window that is not whole is left out. */
export function pooledSize(type: number, size: number): number {
  return Math.floor(size / (poolTypes[type]?.stride ?? 1));
}

/**
 * Pools one channel by the values of whole windows. Without a pool, or where `pickOf` knows it, the bytes are taken as they are.
 * @param bytes [height][width]
 * @param target [pooled height][pooled width]
 */
export function poolChannel(type: number, bytes: Uint8Array, width: number, height: number, target: Uint8Array): void {
  const pool = poolTypes[type];
  if (pool === undefined || 'column' in pool) return target.set(bytes);
  const source = pool.stride === 1 ? repeatEdge(bytes, width, height) : { bytes, width };
  const targetWidth = pooledSize(type, width);
  const targetHeight = pooledSize(type, height);
  for (let y = 0; y < targetHeight; y++) {
    for (let x = 0; x < targetWidth; x++) target[y * targetWidth + x] = pool.valueOf(source.bytes, (y * source.width + x) * pool.stride, source.width);
  }
}

/** Windows of stride 1 reach one pixel to the right and down; the edge is repeated there. */
function repeatEdge(bytes: Uint8Array, width: number, height: number): { bytes: Uint8Array; width: number } {
  const wider = new Uint8Array((width + 1) * (height + 1));
  for (let y = 0; y <= height; y++) {
    const row = bytes.subarray(Math.min(y, height - 1) * width, Math.min(y, height - 1) * width + width);
    wider.set(row, y * (width + 1));
    wider[y * (width + 1) + width] = row[width - 1] as number;
  }
  return { bytes: wider, width: width + 1 };
}
