/** Luma of ITU-R BT.601, for models with one channel. */
const lumaWeights = [0.299, 0.587, 0.114] as const;

/**
 * Bytes as the KPU's input takes them.
 * @param rgb [height][width][3]
 * @param channels 3, or 1 for grey
 * @returns [channels][height][width]
 */
export function planarPicture(rgb: Uint8Array, channels: 1 | 3): Uint8Array {
  const pixels = rgb.length / 3;
  const at = (pixel: number, channel: number): number => rgb[pixel * 3 + channel] as number;
  if (channels === 1) return Uint8Array.from({ length: pixels }, (_, pixel) => Math.round(lumaWeights.reduce((sum, weight, channel) => sum + weight * at(pixel, channel), 0)));
  return Uint8Array.from({ length: pixels * 3 }, (_, i) => at(i % pixels, Math.floor(i / pixels)));
}
