import { SeededRandom } from '../../../../src/base/random';
import type { RgbImage } from '../../../../src/dataset/photos/rgb-image';

interface Blob {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly colour: readonly [number, number, number];
}

/** A picture of soft coloured blobs, another one for each seed; the same scene at any size. */
export function blobPicture(seed: number | string, width = 160, height = width, gain = 1): RgbImage {
  const random = new SeededRandom('blobs', seed);
  const blobs = Array.from({ length: 24 }, (): Blob => ({
    x: random.uniform(),
    y: random.uniform(),
    radius: random.between(0.04, 0.2),
    colour: [random.between(-160, 160), random.between(-160, 160), random.between(-160, 160)],
  }));
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, p = 0; y < height; y++) {
    for (let x = 0; x < width; x++, p += 3) {
      const level = [128, 128, 128];
      for (const { x: centreX, y: centreY, radius, colour } of blobs) {
        const weight = Math.exp(-(((x + 0.5) / width - centreX) ** 2 + ((y + 0.5) / height - centreY) ** 2) / (2 * radius ** 2));
        for (let c = 0; c < 3; c++) level[c] = (level[c] as number) + weight * (colour[c] as number);
      }
      for (let c = 0; c < 3; c++) data[p + c] = Math.round(gain * Math.max(0, Math.min(255, level[c] as number)));
    }
  }
  return { width, height, data };
}
