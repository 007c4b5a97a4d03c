import type { FaceEmbedder } from '../../../src/evaluation/embedding';

export interface WatchedEmbedder extends FaceEmbedder {
  /** Numbers of crops of the calls of `embed`. */
  readonly calls: number[];
  isClosed: boolean;
}

/** A model whose embedding is the mean colour, centred around middle grey: [3]. It cannot tell a crop from its mirror image. */
export function meanColourEmbedder(imageSize = 4): WatchedEmbedder {
  return embedderOf(imageSize, 3, (crop) => {
    const sums = [0, 0, 0];
    crop.forEach((value, index) => (sums[index % 3] = (sums[index % 3] ?? 0) + value - 127.5));
    return sums;
  });
}

/** A model whose embedding is the first row of pixels, red only: [imageSize]. */
export function firstRowEmbedder(imageSize = 4): WatchedEmbedder {
  return embedderOf(imageSize, imageSize, (crop) => Array.from({ length: imageSize }, (_, x) => crop[3 * x] ?? 0));
}

export function embedderOf(imageSize: number, embeddingLength: number, embedOne: (crop: Uint8Array) => number[]): WatchedEmbedder {
  const cropBytes = imageSize ** 2 * 3;
  return {
    imageSize,
    embeddingLength,
    title: 'a test model',
    calls: [],
    isClosed: false,
    embed(crops, count) {
      this.calls.push(count);
      const rows = Array.from({ length: count }, (_, row) => {
        const vector = embedOne(crops.subarray(row * cropBytes, (row + 1) * cropBytes));
        const norm = Math.hypot(...vector);
        return vector.map((value) => value / norm);
      });
      return Promise.resolve(Float32Array.from(rows.flat()));
    },
    close() {
      this.isClosed = true;
    },
  };
}

/** A crop of one colour. */
export function plainCrop(colour: readonly [number, number, number], size = 4): Uint8Array {
  return Uint8Array.from({ length: size * size * 3 }, (_, index) => colour[index % 3] ?? 0);
}
