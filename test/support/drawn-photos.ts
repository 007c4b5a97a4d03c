import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { applySimilarity, mapPoints, templateFor } from '../../src/dataset/align';

/**
 * A photo folder without real faces: coloured noise with the landmarks beside it, so that no detector is needed.
 * @param photosOf number of photos of each person
 */
export async function makeDrawnPhotos(root: string, photosOf: readonly number[]): Promise<void> {
  const lines: string[] = [];
  for (const [person, count] of photosOf.entries()) {
    const name = `person-${String(person).padStart(3, '0')}`;
    await mkdir(path.join(root, name), { recursive: true });
    for (let photo = 0; photo < count; photo++) {
      const file = `${String(photo).padStart(4, '0')}.png`;
      await sharp(drawing(person, photo), { raw: { width: 130, height: 130, channels: 3 } }).png().toFile(path.join(root, name, file));
      const landmarks = mapPoints(templateFor(112), (point) => applySimilarity({ a: 1, b: (photo % 5) * 0.02, tx: 8, ty: 6 }, point));
      lines.push(JSON.stringify({ photo: `${name}/${file}`, landmarks }));
    }
  }
  await writeFile(path.join(root, 'landmarks.jsonl'), `${lines.join('\n')}\n`);
}

function drawing(person: number, photo: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: 130 * 130 * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3);
    const wave = Math.sin((pixel % 130) / (5 + person) + photo) + Math.cos(pixel / 130 / (7 + (i % 3)));
    return 128 + 60 * wave;
  }));
}
