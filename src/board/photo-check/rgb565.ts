/** Cameras and pictures of MaixPy and CanMV have 5, 6 and 5 bits per pixel; their tables round to the nearest (OpenMV, imlib). */

/** @param rgb [pixels][3] @returns two bytes per pixel, the higher first: RRRRRGGG GGGBBBBB */
export function toRgb565(rgb: Uint8Array): Uint8Array {
  const pixels = rgb.length / 3;
  const packed = new Uint8Array(pixels * 2);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const [red = 0, green = 0, blue = 0] = rgb.subarray(3 * pixel, 3 * pixel + 3);
    const value = (Math.round((red * 31) / 255) << 11) | (Math.round((green * 63) / 255) << 5) | Math.round((blue * 31) / 255);
    packed[2 * pixel] = value >> 8;
    packed[2 * pixel + 1] = value & 0xff;
  }
  return packed;
}

/** What the KPU gets of such pixels. @returns [pixels][3] */
export function fromRgb565(packed: Uint8Array): Uint8Array {
  const pixels = packed.length / 2;
  const rgb = new Uint8Array(pixels * 3);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const value = ((packed[2 * pixel] ?? 0) << 8) | (packed[2 * pixel + 1] ?? 0);
    rgb.set([Math.round(((value >> 11) * 255) / 31), Math.round((((value >> 5) & 63) * 255) / 63), Math.round(((value & 31) * 255) / 31)], 3 * pixel);
  }
  return rgb;
}
