import sharp from 'sharp';
import type { PixelNormalization } from '../../network/network-spec';

/**
 * Puts the losses of a JPEG (baseline, chroma 4:2:0) on a picture, in place. Colours beyond 0..255 are cut off.
 * @param picture float32 [size, size, 3], normalised
 * @param quality 1..100
 */
export async function recompressInPlace(picture: Float32Array, size: number, { mean, deviation }: PixelNormalization, quality: number): Promise<void> {
  const pixels = Uint8ClampedArray.from(picture, (value) => value * deviation + mean);
  const jpeg = await sharp(pixels, { raw: { width: size, height: size, channels: 3 } }).jpeg({ quality }).toBuffer();
  const decoded = await sharp(jpeg).raw().toBuffer();
  for (let i = 0; i < picture.length; i++) picture[i] = ((decoded[i] ?? 0) - mean) / deviation;
}
