import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import type { AuditDependencies } from '../../src/dataset/audit/audit-dependencies';
import type { RgbImage } from '../../src/dataset/photos/rgb-image';
import { SeededRandom } from '../../src/base/random';

const embeddingLength = 32;
const cropSide = 4;

/** Writes a picture in the format of its file name. */
export async function writePicture(file: string, { width, height, data }: RgbImage, quality = 90): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const picture = sharp(data, { raw: { width, height, channels: 3 } });
  await (file.endsWith('.png') ? picture.png() : picture.jpeg({ quality, chromaSubsampling: '4:4:4' })).toFile(file);
}

export interface WatchedDependencies extends AuditDependencies {
  /** Models that were opened and not closed. */
  open: number;
}

/**
 * A model that sees the true person of each photo.
 * @param personOf who is on the photo of this file; undefined: nobody
 * @param scatter how far photos of one person lie apart; 0.8 gives them a cosine of about 0.6, different people have about 0
 */
export function truthfulDependencies(personOf: (file: string) => string | undefined, scatter = 0.8): WatchedDependencies {
  const seen: string[] = [];
  const cropOf = (file: string): Uint8Array | undefined => {
    if (personOf(file) === undefined) return undefined;
    const number = seen.push(file) - 1;
    return new Uint8Array(cropSide * cropSide * 3).fill(number & 255, 0, 1).fill(number >> 8, 1, 2);
  };
  const dependencies: WatchedDependencies = {
    open: 0,
    openEmbedder: () => {
      dependencies.open++;
      return Promise.resolve({
        imageSize: cropSide,
        embeddingLength,
        title: 'a truthful model',
        embed: (crops, count) => Promise.resolve(Float32Array.from(Array.from({ length: count }, (_, row) => {
          const start = row * cropSide * cropSide * 3;
          const file = seen[(crops[start] ?? 0) + 256 * (crops[start + 1] ?? 0)] ?? '';
          return embeddingOf(personOf(file) ?? '', file, scatter);
        }).flat())),
        close: () => void dependencies.open--,
      });
    },
    recommendedThreshold: () => Promise.resolve(0.35),
    alignPhoto: (file) => Promise.resolve(cropOf(file)),
    readCrop: (file) => Promise.resolve(cropOf(file) ?? new Uint8Array(cropSide * cropSide * 3)),
    readPairs: () => Promise.reject(new Error('no pair list')),
  };
  return dependencies;
}

function embeddingOf(person: string, file: string, scatter: number): number[] {
  const direction = unitVector('person', person);
  const noise = unitVector('photo', file);
  const sum = direction.map((value, i) => value + scatter * (noise[i] ?? 0));
  const norm = Math.hypot(...sum);
  return sum.map((value) => value / norm);
}

function unitVector(...parts: string[]): number[] {
  const random = new SeededRandom(...parts);
  const vector = Array.from({ length: embeddingLength }, () => random.normal());
  const norm = Math.hypot(...vector);
  return vector.map((value) => value / norm);
}
